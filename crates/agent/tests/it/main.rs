//! Stories with the real OpenCode, under the real keeper, with a model that answers as the prompt says; some with a fake one.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod clients;
mod compaction;
mod life;
mod models;
mod order;
mod plan;
mod registries;
mod repository;
mod stage;
mod turns;
mod walls;
