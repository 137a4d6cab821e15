//! One suite, both engines. A story is an `async fn(Stage)`; `db_tests!` makes `sqlite::story` and `postgres::story` of it.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod commands;
mod conversation;
mod crowd;
mod cut;
mod leases;
mod list;
mod people;
mod purge;
mod review;
mod samples;
mod schema;
mod search;
mod spending;
mod stage;
mod story;
mod supervisor;
mod writing;
