-- What the order of a person's list is made of, beside who they are: a range of an index, however many sessions there are.
-- Kept equal to the session's own columns by whoever writes them.

-- 0: active, 1: archived, 2: deleted.
alter table session_members add column tab bigint not null default 0;
-- 1: nothing goes on before a person has done something.
alter table session_members add column urgent bigint not null default 0;
alter table session_members add column active_at bigint not null default 0;
alter table session_members add column repository text not null default '';

update session_members
set (tab, urgent, active_at, repository) = (
    select case when s.deleted = 1 then 2 when s.archived_at is not null then 1 else 0 end,
           case when s.archived_at is null and s.phase in ('waiting-for-you', 'failed') then 1 else 0 end,
           s.active_at, s.repository
    from sessions s where s.id = session_members.session_id);

create index session_members_list
    on session_members (user_id, tab, urgent desc, active_at desc, since desc, session_id, repository);

create index session_members_counted on session_members (user_id, repository, tab);
