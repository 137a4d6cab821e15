-- First-run set-up: the app at GitHub that an owner registered in the browser, and who that owner is. One row each.

create table github_app (
    place bigint primary key check (place = 1),
    client_id text not null,
    -- Opened by the server's key only.
    sealed_secret bytea not null,
    -- As SLIPWAY_ALLOW has it.
    allow text not null,
    updated_at bigint not null
);

create table owner (
    place bigint primary key check (place = 1),
    user_id text not null references users (id) on delete cascade,
    since bigint not null
);
