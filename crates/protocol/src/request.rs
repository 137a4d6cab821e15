//! What the agent waits for a person to decide.

use serde::{Deserialize, Serialize};

use crate::{Author, RequestId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub ask: RequestAsk,
    /// Asked by a sub-agent, not by the agent itself.
    pub from_sub_agent: bool,
    pub state: RequestState,
    pub answer: Option<Answer>,
    pub answered_by: Option<Author>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RequestAsk {
    Permission(PermissionAsk),
    Question { questions: Vec<Question> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionAsk {
    /// The [`ToolCall`](crate::ToolCall) that waits for it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// What kind of act it is, in the agent's words: `bash`, `edit`, `external_directory`.
    pub action: String,
    /// One sentence for the person: "Run a command", "Edit src/main.rs".
    pub title: String,
    /// What exactly: the command, or the file.
    pub subject: String,
    /// For an edit: the change as a unified diff.
    pub diff: Option<String>,
    /// What "Always allow" would cover, such as `cargo publish *`.
    pub always: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub header: String,
    pub text: String,
    pub options: Vec<QuestionOption>,
    /// Several options may be chosen.
    pub multiple: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionOption {
    pub label: String,
    pub description: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    Open,
    Answered,
    Expired,
}

impl RequestState {
    /// The value of the column.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Expired => "expired",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Open, Self::Answered, Self::Expired].into_iter().find(|state| state.slug() == slug)
    }
}

/// A person's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    AllowOnce,
    AlwaysAllow,
    Deny,
    /// For each question the chosen labels, or free text.
    Choices {
        choices: Vec<Vec<String>>,
    },
}
