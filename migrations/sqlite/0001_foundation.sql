-- Text ids and JSON as text, bigint for milliseconds, counters and flags, blobs for bytes. The file of the same name for
-- the other engine differs in the words for blobs and counted keys only; a test compares them.

create table users (
    id text primary key not null,
    name text not null,
    created_at bigint not null
);

-- Records of who is signed in, by the cookie's id.
create table web_sessions (
    id text primary key not null,
    data blob not null,
    expires_at bigint not null
);
create index web_sessions_expiry on web_sessions (expires_at);

create table sessions (
    id text primary key not null,
    owner_id text not null references users (id),
    title text not null,
    repository text not null,
    branch text not null,
    -- Title, repository and branch in lower case, made by the store: the engines' own lower() differ.
    search text not null,
    phase text not null,
    activity text not null,
    added bigint not null,
    removed bigint not null,
    created_at bigint not null,
    active_at bigint not null,
    archived_at bigint,
    deleted bigint not null,
    -- What is never asked for by itself, as JSON.
    details text not null,
    -- The revision at which anything above changed last.
    head_rev bigint not null default 0,
    rev bigint not null default 0,
    -- The revision at which the agent last said or asked something.
    last_spoken_rev bigint not null default 0,
    generation bigint not null default 0,
    -- The revision at which this generation began.
    generation_rev bigint not null default 0,
    lease_owner text,
    lease_until bigint not null default 0,
    agent_session text,
    keeper_boot text,
    keeper_seq bigint
);
create index sessions_lease on sessions (lease_owner);

-- Until when all leases of an owner hold, beside what each says itself: one row to renew, not one for each session.
create table lease_owners (
    owner text primary key not null,
    alive_until bigint not null
);

create table session_members (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    role text not null,
    since bigint not null,
    primary key (user_id, session_id)
);
create index session_members_session on session_members (session_id);

create table commands (
    -- Order of arrival.
    seq integer primary key autoincrement,
    session_id text not null references sessions (id) on delete cascade,
    id text not null,
    author_id text not null,
    author_name text not null,
    body text not null,
    created_at bigint not null,
    -- Null until it was applied or refused.
    outcome text,
    unique (session_id, id)
);
create index commands_pending on commands (session_id, seq) where outcome is null;

create table prompts (
    session_id text not null references sessions (id) on delete cascade,
    id text not null,
    position bigint not null,
    text text not null,
    author_id text not null,
    author_name text not null,
    mode text not null,
    model text,
    state text not null,
    message_id text,
    created_at bigint not null,
    rev bigint not null,
    -- The ids under which the agent got it, once sent.
    agent_message text,
    agent_part text,
    primary key (session_id, id)
);
create index prompts_rev on prompts (session_id, rev);
create index prompts_state on prompts (session_id, state, position);

create table messages (
    session_id text not null references sessions (id) on delete cascade,
    id text not null,
    ord bigint not null,
    role text not null,
    author_id text,
    author_name text,
    mode text not null,
    created_at bigint not null,
    ended_at bigint,
    rev bigint not null,
    primary key (session_id, id),
    unique (session_id, ord)
);
create index messages_rev on messages (session_id, rev);
create index messages_growing on messages (session_id) where ended_at is null;

create table parts (
    session_id text not null,
    id text not null,
    message_id text not null,
    ord bigint not null,
    kind text not null,
    body text not null,
    text text not null,
    open bigint not null,
    interrupted bigint not null,
    -- A tombstone: followers must hear that it never was.
    dropped bigint not null default 0,
    started_at bigint not null,
    ended_at bigint,
    rev bigint not null,
    agent_key text not null,
    primary key (session_id, id),
    foreign key (session_id, message_id) references messages (session_id, id) on delete cascade
);
create index parts_of_message on parts (session_id, message_id, ord);
create index parts_rev on parts (session_id, rev);
create index parts_open on parts (session_id) where open = 1 and dropped = 0;

create table requests (
    session_id text not null references sessions (id) on delete cascade,
    id text not null,
    ask text not null,
    from_sub_agent bigint not null,
    state text not null,
    answer text,
    answered_by_id text,
    answered_by_name text,
    created_at bigint not null,
    rev bigint not null,
    agent_key text not null,
    primary key (session_id, id)
);
create index requests_rev on requests (session_id, rev);
create index requests_state on requests (session_id, state);

create table seen (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    rev bigint not null,
    primary key (session_id, user_id)
);

create table drafts (
    session_id text not null references sessions (id) on delete cascade,
    user_id text not null references users (id),
    text text not null,
    primary key (session_id, user_id)
);

create table audit (
    seq integer primary key autoincrement,
    who text,
    what text not null,
    subject text not null,
    at bigint not null
);

create table cache (
    key text primary key not null,
    value text not null,
    updated_at bigint not null
);
