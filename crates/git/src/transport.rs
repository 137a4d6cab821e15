//! What stood in the way of speaking to another machine, read from git's words. Git has no codes for it.

use thiserror::Error;

use crate::GitError;

/// The other side's answer, or that there was none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    SignedOut,
    Forbidden,
    Missing,
    Busy,
    /// The connection ended, or the other side failed.
    Broken,
}

impl Barrier {
    /// None: git complained of something else.
    pub(crate) fn read(stderr: &str) -> Option<Self> {
        let says = |parts: &[&str]| parts.iter().any(|part| stderr.contains(part));
        if says(&["Authentication failed", "could not read Username", "error: 401"]) {
            Some(Self::SignedOut)
        } else if says(&["error: 403"]) {
            Some(Self::Forbidden)
        } else if says(&["Repository not found", "not found", "error: 404", "error: 301", "error: 410"]) {
            Some(Self::Missing)
        } else if says(&["error: 429", "HTTP 429"]) {
            Some(Self::Busy)
        } else if says(&BROKEN) {
            Some(Self::Broken)
        } else {
            None
        }
    }
}

/// What git says of a line that ended, or of a server that failed.
const BROKEN: [&str; 8] = [
    "unable to access",
    "RPC failed",
    "early EOF",
    "hung up",
    "unexpected disconnect",
    "expected flush",
    "protocol error",
    "bad line length",
];

/// Why a repository of another machine was not read. What is here is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unfetched {
    #[error("GitHub no longer accepts your sign-in, so the repository was not read. Sign in again.")]
    SignedOut,
    #[error(
        "GitHub does not let you read the code of this repository. Ask its owner, or let the organisation allow Slipway at GitHub."
    )]
    Forbidden,
    #[error("GitHub does not find this repository. It was removed or renamed, or you may no longer see it.")]
    Missing,
    #[error("GitHub asks to wait, so the repository was not read. Try again in a few minutes.")]
    Busy,
    #[error(
        "The connection to GitHub ended before the repository was read. Nothing was changed here; try again in a moment."
    )]
    Broken,
}

impl From<Barrier> for Unfetched {
    fn from(barrier: Barrier) -> Self {
        match barrier {
            Barrier::SignedOut => Self::SignedOut,
            Barrier::Forbidden => Self::Forbidden,
            Barrier::Missing => Self::Missing,
            Barrier::Busy => Self::Busy,
            Barrier::Broken => Self::Broken,
        }
    }
}

/// Why reading from another machine failed.
pub(crate) fn of_reading(what: &str, stderr: &str) -> GitError {
    match (GitError::from_stderr(what, stderr), Barrier::read(stderr)) {
        (GitError::DiskFull, _) => GitError::DiskFull,
        (_, Some(barrier)) => Unfetched::from(barrier).into(),
        (other, None) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_the_other_sides_fault() {
        let words = "fatal: write error: No space left on device\nfatal: early EOF";
        assert_eq!(of_reading("fetch", words), GitError::DiskFull);
        let words =
            "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com";
        assert_eq!(of_reading("fetch", words), Unfetched::Broken.into());
        let words = "fatal: bad object refs/remotes/origin/main";
        assert_eq!(
            of_reading("fetch", words),
            GitError::Failed("git fetch failed. The server's log says more.".into())
        );
    }
}
