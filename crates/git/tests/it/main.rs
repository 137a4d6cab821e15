//! Stories with the real git, in temporary folders.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod base;
mod changes;
mod checkouts;
mod checkpoints;
mod delivery;
mod disk;
mod fetches;
mod hidden;
mod host;
mod hostile;
mod mirrors;
mod pushes;
mod sources;
mod stage;
mod turn;
mod undo;
