//! Mirrors, checkouts, changes and delivery: the system git, driven safely.
//!
//! The server itself only fetches mirrors, reads bundles and pushes from them (`runner`, trusted). Everything that touches a
//! session's checkout runs in the session's sandbox (`runner`, inside), as one small script per use (`inside/`).
//!
//! Invariant: no command that hashes, compares or writes files reads a checkout's own `.git/config`: it works in a bare
//! *shadow* repository beside it, whose objects are the checkout's. What an agent wrote there (filters, hooks, a file
//! monitor, aliases) is never run.

mod base;
mod borrowed;
mod checkout;
mod checkpoint;
mod delivery;
mod diff;
mod discard;
mod error;
mod extras;
mod hidden;
mod locks;
mod mirror;
mod push;
mod runner;
mod sample;
mod source;
mod template;
mod transport;
mod whole;

use std::{path::PathBuf, sync::Arc};

use slipway_sandbox::Sandbox;

pub use base::{Ahead, Updated};
pub use checkpoint::Restored;
pub use delivery::{Delivered, Delivery};
pub use diff::Ends;
pub use discard::Discarded;
pub use error::GitError;
pub use extras::Extras;
pub use hidden::Hidden;
pub use push::{Pushed, Remote, Unpushed};
pub use source::{Description, Source};
pub use transport::Unfetched;

use crate::{locks::Locks, runner::Runner};

/// The system git.
#[derive(Clone)]
pub struct Git {
    runner: Runner,
    /// One fetch into a mirror, and one use of a checkout, at a time.
    locks: Arc<Locks>,
}

impl Git {
    pub fn new(sandbox: Arc<Sandbox>, program: PathBuf) -> Self {
        Self { runner: Runner::new(sandbox, program), locks: Arc::default() }
    }

    /// Such as `2.47.3`.
    pub async fn version(&self) -> Result<String, GitError> {
        let said = self.runner.trusted().run(["version"]).await?;
        Ok(said.trim().trim_start_matches("git version ").to_owned())
    }
}
