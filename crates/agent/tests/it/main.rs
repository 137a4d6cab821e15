//! Stories with the real OpenCode, under the real keeper, with a model that answers as the prompt says.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod life;
mod models;
mod plan;
mod stage;
mod turns;
