//! A session's work at GitHub: what was pushed, its pull request, and what others say about it.

use serde::{Deserialize, Serialize};

/// How far a session's work has come; part of its head, so that every follower sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Publishing {
    /// The commit that was pushed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// A commit on the other side that stands against a push; one can agree to replace it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequestLink>,
    /// A push is under way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub under_way: bool,
    /// Why the last one did not happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Signing in again is what mends it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub signed_out: bool,
}

impl Publishing {
    /// What stands against a push on the other side is still there.
    pub fn forget_problem(&mut self) {
        (self.problem, self.signed_out) = (None, false);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestLink {
    pub number: u64,
    pub url: String,
    pub title: String,
}

/// What is proposed for a push and a pull request, from the conversation. People change it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishingDraft {
    pub title: String,
    /// Markdown, with the repository's template below.
    pub body: String,
    /// Of the commit.
    pub message: String,
}

/// A pull request as it is at GitHub now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestView {
    pub link: PullRequestLink,
    pub state: PullRequestState,
    pub checks: Vec<Check>,
    pub comments: Vec<PullRequestComment>,
    /// What could not be read, in a sentence; the rest is as it is.
    pub missing: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PullRequestState {
    Open,
    Draft,
    Merged,
    Closed,
}

impl PullRequestState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Draft => "Draft",
            Self::Merged => "Merged",
            Self::Closed => "Closed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub name: String,
    pub state: CheckState,
    pub url: Option<String>,
    pub finding: Finding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    Waiting,
    Running,
    Passed,
    Failed,
    Skipped,
}

impl CheckState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Passed => "Passed",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }

    pub fn slug(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestComment {
    pub author: String,
    /// `path:line`; none of a whole review.
    pub place: Option<String>,
    /// Markdown.
    pub body: String,
    pub url: String,
    pub finding: Finding,
}

/// Something at GitHub that an agent can be asked to fix.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    CheckRun { id: u64 },
    Status { context: String },
    Review { id: u64 },
    Comment { id: u64 },
}
