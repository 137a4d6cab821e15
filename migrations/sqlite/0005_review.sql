-- Looking through changes: what a person has viewed, and what they say about lines.

create table viewed_files (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    path text not null,
    -- Of the file's content then: what changed afterwards is no longer viewed.
    digest text not null,
    primary key (session_id, user_id, path)
);

create table review_comments (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    id text not null,
    path text not null,
    side text not null,
    line bigint not null,
    -- The line as it was then.
    line_text text not null,
    body text not null,
    created_at bigint not null,
    -- Null while it waits.
    sent_at bigint,
    primary key (session_id, user_id, id)
);
