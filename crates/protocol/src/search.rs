//! What is found in the conversations of a person's sessions.

use serde::{Deserialize, Serialize};

use crate::{MessageId, Role, SessionId};

/// A page of what was found, what was said last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Where the next page begins; none: this is all.
    pub next: Option<i64>,
}

/// A message that holds every word that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub session: SessionId,
    /// Of the session.
    pub title: String,
    pub archived: bool,
    pub message: MessageId,
    /// The message's place in the conversation.
    pub ord: i64,
    pub role: Role,
    /// The words in what was said around them, in order.
    pub snippet: Vec<Fragment>,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// A piece of plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    pub text: String,
    /// It is one of the words that were looked for.
    pub marked: bool,
}
