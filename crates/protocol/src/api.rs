//! What travels between pages and server functions besides the conversation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Mode, ModelRef, PromptId, RepositoryId, SessionId};

/// Everything the new-session form asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSession {
    /// Chosen by the client; the same id again makes no second session.
    pub id: SessionId,
    pub repository: RepositoryId,
    /// Empty: the repository's default.
    pub base_branch: String,
    pub mode: Mode,
    /// None: the installation's default.
    pub model: Option<ModelRef>,
    /// The id of the first prompt.
    pub prompt: PromptId,
    pub message: String,
}

/// What every page says about the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    pub version: String,
    /// Agents run on the host without isolation; said on every page.
    pub host_mode: bool,
    /// "Continue locally" is offered to this visitor.
    pub local: bool,
    /// "Sign in with GitHub" is offered.
    pub github: bool,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: crate::UserId,
    pub name: String,
}

/// An error as people see it: what kind, and one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    pub kind: ErrorKind,
    pub sentence: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    SignedOut,
    NotFound,
    Forbidden,
    Invalid,
    TooLarge,
    Conflict,
    Busy,
    Upstream,
    Internal,
}

impl ErrorKind {
    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::NotFound => 404,
            Self::Forbidden => 403,
            Self::Invalid => 400,
            Self::TooLarge => 413,
            Self::Conflict => 409,
            Self::Busy => 503,
            Self::Upstream => 502,
            Self::Internal => 500,
        }
    }
}
