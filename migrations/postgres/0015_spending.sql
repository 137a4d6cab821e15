-- What each person's agents have used of models, day by day.

create table spending (
    user_id text not null references users (id) on delete cascade,
    -- Days since 1970, by UTC.
    day bigint not null,
    tokens bigint not null,
    -- Millionths of a US dollar.
    cost_micros bigint not null,
    primary key (user_id, day)
);
