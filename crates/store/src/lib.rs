//! Every line of SQL.
//!
//! One [`Store`] over SQLite or PostgreSQL, chosen by the address. Both run the same text of every query; what differs is
//! in `dialect`. Domain types go in and come out; rows stay inside.
//!
//! A session is written by [`Store::commit`] alone, with the generation of the lease its writer holds: whoever lost
//! the lease gets [`StoreError::Fenced`] and has changed nothing. Revisions are counted by that writer, never by SQL. Whatever
//! else may be written beside it (commands, what was seen, drafts) never moves a revision.
//!
//! Invariant: nothing that followers may hold is deleted under them. Dropped parts and deleted sessions stay as
//! tombstones until the whole session is purged.

mod attachments;
mod audit;
mod cache;
mod changes;
mod checkpoints;
mod columns;
mod commands;
mod commit;
mod conversation;
mod credentials;
mod dialect;
mod error;
mod installation;
mod lease;
mod list;
mod patience;
mod people;
mod personal;
#[cfg(test)]
mod plans;
mod readers;
mod review;
mod rows;
mod search;
mod sessions;
mod spending;
mod store;
mod trust;
mod web_sessions;
mod working_set;
mod writer;

pub use audit::Remembered;
pub use checkpoints::Checkpoint;
pub use commands::{Inserted, PendingCommand};
pub use commit::{AgentIds, Batch};
pub use credentials::Credential;
pub use error::StoreError;
pub use installation::StoredApp;
pub use lease::Lease;
pub use patience::until_reachable;
pub use people::{Member, MemberRole};
pub use sessions::StoredSession;
pub use store::Store;
pub use web_sessions::{Device, WebSession};
pub use working_set::{SentPrompt, WorkingSet};
