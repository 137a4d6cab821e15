#![doc = include_str!("../README.md")]

mod clock;
mod database;
pub mod fake_agent;
mod gates;
pub mod github;
pub mod programs;
pub mod script;
pub mod scripted_model;

pub use database::{Lock, PostgresDatabase, on_postgres, on_sqlite};
pub use fake_agent::FakeAgent;
pub use gates::Gates;
pub use github::GitHub;
pub use scripted_model::ScriptedModel;
