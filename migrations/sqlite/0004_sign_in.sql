-- Signing in with GitHub: what was given, sealed, and the devices on which somebody is signed in.

alter table web_sessions add column user_id text;
alter table web_sessions add column device text;
alter table web_sessions add column created_at bigint;
alter table web_sessions add column seen_at bigint;
create index web_sessions_user on web_sessions (user_id);

create table credentials (
    user_id text not null references users (id) on delete cascade,
    kind text not null,
    -- Bound to the user and the kind; the database alone opens nothing.
    sealed blob not null,
    updated_at bigint not null,
    primary key (user_id, kind)
);
