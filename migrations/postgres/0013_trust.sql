-- Whether a person trusts a repository, whose configuration for agents can run programs. No row: they were not asked yet.

create table repository_trust (
    user_id text not null references users (id) on delete cascade,
    -- Not its name, which can be given to another one later.
    repository text not null,
    trusted bigint not null,
    decided_at bigint not null,
    primary key (user_id, repository)
);
