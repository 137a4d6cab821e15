//! The queue: what people asked for, in order.

use serde::{Deserialize, Serialize};

use crate::{Attachment, Author, MessageId, Mode, ModelRef, PromptId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub id: PromptId,
    /// Place in the queue; smaller goes first.
    pub position: i64,
    pub text: String,
    pub author: Author,
    pub mode: Mode,
    pub model: Option<ModelRef>,
    /// Files that go with the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    pub state: PromptState,
    /// The user message it became, once sent.
    pub message: Option<MessageId>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A message of these words alone has the agent put the conversation so far into a summary, and go on with that.
pub const COMPACT: &str = "/compact";

impl Prompt {
    pub fn asks_to_compact(&self) -> bool {
        self.text.trim() == COMPACT
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptState {
    Queued,
    Sent,
    Done,
    Failed,
    Withdrawn,
}

impl PromptState {
    /// The value of the column.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Queued, Self::Sent, Self::Done, Self::Failed, Self::Withdrawn]
            .into_iter()
            .find(|state| state.slug() == slug)
    }
}
