//! A session at work.
//!
//! # Theory of operation
//!
//! While a session is awake one task, its supervisor, owns it: the lease, the agent's conversation and the rows. A session
//! at rest costs a row. Whoever wants something stores a command and gives the registry a *hint*; the registry starts a
//! supervisor or nudges the one that runs, and never waits for it. A lost hint costs time, never data.
//!
//! Files: `registry` (who is awake), `hub` (what followers hear), `message` (what a supervisor is told), `state` (the pure
//! state machine), `transcript` (the rows, and the changes that follow from touching them), `supervisor` (the loop), `storing` (what it changed),
//! `resume` (its beginning and its end), `lifecycle`, `turn`, `commands`, `agent_events`, `checkpoints`, `discard`, `base`, `archiving`,
//! `configuration`, `publishing`, `reach` (what the loop does), `limits` (one that takes too much: `excess` in words), `spending` (what its person may use in a day), `display` (what people see of it),
//! `slots` (places among the running agents), `work` (what takes long and runs beside it), `watcher` (one for all, looks for those that take too much).
//!
//! Invariant: whatever is broadcast as a change has been committed with the lease's generation.
//! Invariant: an event of the keeper is acknowledged only after its effects were committed together with its number.

mod agent_events;
mod archiving;
mod base;
mod checkpoints;
mod commands;
mod configuration;
mod discard;
mod display;
mod excess;
mod hub;
mod lifecycle;
mod limits;
mod message;
mod phase;
#[cfg(test)]
mod property;
mod publishing;
mod reach;
mod registry;
mod resume;
mod slots;
mod spending;
mod state;
mod storing;
mod supervisor;
mod time_left;
mod transcript;
mod turn;
mod watcher;
mod work;

pub(crate) use hub::{Joined, Live, OpenText};
pub use message::OnExit;
pub(crate) use registry::Registry;
pub(crate) use watcher::Watcher;
pub(crate) use work::Workplace;
