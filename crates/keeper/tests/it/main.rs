//! Real keepers, real processes. The agent is this very test program in another role, see `agent.rs`; so is the server
//! that gets killed, see `server.rs`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests, and an agent that prints")]

mod agent;
mod events;
mod gateway;
mod jobs;
#[cfg(target_os = "linux")]
mod landlock;
mod life;
mod limits;
mod server;
mod stage;
mod walls;
