//! What can go wrong, as sentences for people. What git itself said goes to the log.

use thiserror::Error;

use crate::{Unfetched, Unpushed};

#[derive(Debug, Error, PartialEq, Eq)]
pub enum GitError {
    #[error("There is no branch \"{0}\" in this repository.")]
    UnknownBranch(String),
    #[error("{0} is not a git repository.")]
    NotARepository(String),
    #[error("This repository is empty: commit something to it first.")]
    Empty,
    #[error("There is nothing to deliver: the session has changed no file.")]
    NothingToDeliver,
    #[error("The disk is full. Free some space and try again.")]
    DiskFull,
    /// The other side, or the way there, stood against a push.
    #[error(transparent)]
    Unpushed(#[from] Unpushed),
    /// The same with a fetch.
    #[error(transparent)]
    Unfetched(#[from] Unfetched),
    #[error("{0}")]
    Failed(String),
}

impl GitError {
    /// Reads git's complaint.
    pub(crate) fn from_stderr(what: &str, stderr: &str) -> Self {
        let says = |part: &str| stderr.contains(part);
        if says("No space left on device") || says("Disk quota exceeded") {
            return Self::DiskFull;
        }
        // A quiet failure is an answer to a question, such as whether a reference is there.
        if !stderr.trim().is_empty() {
            tracing::warn!(command = what, "git failed: {}", stderr.trim());
        }
        Self::Failed(format!("git {what} failed. The server's log says more."))
    }
}
