//! Stories of sessions: the engine on a real database, with real keepers, and a fake agent in OpenCode's place.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod queue;
mod requests;
mod sleep;
mod stage;
mod undo;
