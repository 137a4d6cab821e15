//! Looking through a session's changes: what is compared, what was viewed, what is said about lines.

use serde::{Deserialize, Serialize};

use crate::{FileChanges, FileDiff, MessageId, Side, TurnChanges};

/// Everything that the page of changes begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub changes: FileChanges,
    /// Of the first files that are not large, by path; the others are asked for.
    pub diffs: Vec<(String, FileDiff)>,
    /// Paths that the person has viewed as they are now.
    pub viewed: Vec<String>,
    /// The person's own, oldest first.
    pub comments: Vec<ReviewComment>,
    /// Turns that changed files, newest first.
    pub turns: Vec<ReviewTurn>,
}

/// A turn that one can look at alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewTurn {
    pub answer: MessageId,
    /// The beginning of what was asked for.
    pub asked: String,
    pub at: i64,
    pub changes: TurnChanges,
}

/// A comment on a line, for the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewComment {
    /// Chosen by the client; the same id again replaces it.
    pub id: String,
    pub path: String,
    pub side: Side,
    pub line: u32,
    /// The line as it was when the comment was written.
    pub line_text: String,
    pub body: String,
    pub created_at: i64,
    /// When the agent got it; none: it waits.
    pub sent_at: Option<i64>,
}
