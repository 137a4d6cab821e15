-- What people give to the agent besides words, and what each person prefers.

create table attachments (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    id text not null,
    name text not null,
    mime text not null,
    size bigint not null,
    content bytea not null,
    created_at bigint not null,
    -- Null while it waits beside the draft.
    sent_at bigint,
    primary key (session_id, id)
);

-- Files that go with the text; null where there are none.
alter table prompts add column attachments text;

create table preferences (
    user_id text primary key references users (id) on delete cascade,
    choices text not null,
    updated_at bigint not null
);
