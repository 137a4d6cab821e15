-- What a turn did to the files, sub-agents' parts below the call that started them, and the trees before and after turns.

alter table parts add column parent_id text;

alter table messages add column changes text;

create table checkpoints (
    session_id text not null references sessions (id) on delete cascade,
    prompt_id text not null,
    -- The answer of the turn, once it has ended.
    message_id text,
    before_commit text not null,
    after_commit text,
    primary key (session_id, prompt_id)
);
create index checkpoints_message on checkpoints (session_id, message_id);
create index checkpoints_unfinished on checkpoints (session_id) where after_commit is null;
