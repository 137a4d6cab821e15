//! What goes wrong, as the person sees it: a kind and a sentence.

use slipway_agent::AgentError;
use slipway_git::{GitError, Unfetched, Unpushed};
use slipway_protocol::{ApiError, ErrorKind};
use slipway_store::StoreError;

#[derive(Clone, Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Error {
    pub kind: ErrorKind,
    pub sentence: String,
}

impl Error {
    pub fn new(kind: ErrorKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    pub(crate) fn invalid(sentence: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, sentence)
    }

    pub(crate) fn no_such_session() -> Self {
        Self::new(ErrorKind::NotFound, "There is no such session, or it is not yours.")
    }
}

/// Logged here, once; what the person reads says nothing of the store's insides.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if let StoreError::NoSession = error {
            return Self::no_such_session();
        }
        tracing::error!(error = %error, "the store failed");
        match error {
            StoreError::Full => {
                Self::new(ErrorKind::Internal, "The disk of this server is full. Nothing was changed.")
            }
            _ => {
                Self::new(ErrorKind::Internal, "The database did not answer. Nothing was changed; try again.")
            }
        }
    }
}

impl From<GitError> for Error {
    fn from(error: GitError) -> Self {
        let kind = match &error {
            GitError::Unpushed(Unpushed::SignedOut) | GitError::Unfetched(Unfetched::SignedOut) => {
                ErrorKind::SignedOut
            }
            GitError::Unpushed(Unpushed::Forbidden) | GitError::Unfetched(Unfetched::Forbidden) => {
                ErrorKind::Forbidden
            }
            GitError::Unfetched(Unfetched::Missing) => ErrorKind::NotFound,
            GitError::Unfetched(Unfetched::Busy) => ErrorKind::Busy,
            GitError::Unpushed(Unpushed::Diverged { .. } | Unpushed::Declined { .. }) => ErrorKind::Conflict,
            _ => ErrorKind::Upstream,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<AgentError> for Error {
    fn from(error: AgentError) -> Self {
        Self::new(ErrorKind::Upstream, error.to_string())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self { kind: error.kind, sentence: error.sentence }
    }
}
