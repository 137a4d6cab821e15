//! The conversation: messages made of parts.

use serde::{Deserialize, Serialize};

use crate::{Attachment, MessageId, Mode, PartId, Place, hash::text_hash, is_default};

/// One turn of speech: a person's prompt, the agent's whole answer, or a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    /// Place in the conversation, counted by the supervisor from 1.
    pub ord: i64,
    pub role: Role,
    /// Who wrote it; none for agent and notices.
    #[serde(default, skip_serializing_if = "is_default")]
    pub author: Option<Author>,
    pub mode: Mode,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// When nothing more will be added; none while it grows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ended_at: Option<i64>,
    /// What the turn of this answer did to the files, once that is known; none where it did nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub changes: Option<TurnChanges>,
}

/// What a turn did to the checkout, and whether that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnChanges {
    pub files: u32,
    pub added: u32,
    pub removed: u32,
    /// It was taken back.
    pub undone: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    User,
    Agent,
    Notice,
}

impl Role {
    /// The value of the column.
    pub fn slug(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Notice => "notice",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::User, Self::Agent, Self::Notice].into_iter().find(|role| role.slug() == slug)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub id: crate::UserId,
    pub name: String,
}

/// A piece of a message. `text` is what streams: prose, reasoning, a tool's output, a notice's sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub id: PartId,
    pub message: MessageId,
    /// Place in its message, counted by the supervisor from 1.
    pub ord: i64,
    /// The part of the tool call that started the sub-agent whose part this is; none for the agent's own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parent: Option<PartId>,
    pub body: PartBody,
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: String,
    /// Bytes of a long output that are not in `text`; they are asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hidden: u64,
    /// Text may still be appended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub open: bool,
    /// Cut short by a crash, a stop or a retry; its text is what had arrived.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interrupted: bool,
    /// Milliseconds since 1970.
    pub started_at: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub ended_at: Option<i64>,
}

impl Part {
    /// Bytes of what it says; what stands around that is little.
    pub fn weight(&self) -> usize {
        let given = match &self.body {
            PartBody::Tool(call) => call.input.len() + call.diff.as_ref().map_or(0, String::len),
            _ => 0,
        };
        self.text.len() + given
    }

    /// What a follower needs to know that its text is whole.
    pub fn seal(&self) -> PartSeal {
        PartSeal { bytes: self.text.len() as u64, hash: text_hash(&self.text) }
    }
}

/// Length in bytes and hash of a part's whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSeal {
    pub bytes: u64,
    pub hash: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PartBody {
    /// Markdown.
    Text,
    Reasoning,
    Tool(ToolCall),
    /// A file that came with a person's words.
    Attachment(Attachment),
    /// A thin line in the flow that says what happened and what was kept.
    Notice {
        notice: Notice,
    },
    /// A thin line as well: the agent wanted to reach a machine and was refused. A person may allow it.
    Refused {
        place: Place,
    },
}

impl PartBody {
    /// The value of the column.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Reasoning => "reasoning",
            Self::Tool(_) => "tool",
            Self::Attachment(_) => "attachment",
            Self::Notice { .. } => "notice",
            Self::Refused { .. } => "refused",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    Stopped,
    Failed,
    Restarted,
    Interrupted,
    Delivered,
    Undone,
    Information,
}

/// One use of a tool by the agent. Its output is the part's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The agent's own name of this use, by which a request says what it is about. It does not travel once that is over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub id: Option<String>,
    /// The tool's name as the agent knows it: `bash`, `edit`, `read`; an open set.
    pub tool: String,
    /// What it acts on, in one line: a command, a path, a pattern.
    pub target: String,
    pub status: ToolStatus,
    /// What the tool was given, as JSON text (bounded); empty where the change that it made says it, once it has ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub input: String,
    /// For edits: the change as a unified diff (bounded).
    #[serde(default, skip_serializing_if = "is_default")]
    pub diff: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub added: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: u32,
    /// Exit code of a command.
    #[serde(default, skip_serializing_if = "is_default")]
    pub exit: Option<i32>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub error: Option<String>,
}

impl ToolCall {
    /// Nothing is known yet but what it acts on.
    pub fn new(tool: impl Into<String>, target: impl Into<String>, status: ToolStatus) -> Self {
        Self {
            id: None,
            tool: tool.into(),
            target: target.into(),
            status,
            input: String::new(),
            diff: None,
            added: 0,
            removed: 0,
            exit: None,
            error: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolStatus {
    Pending,
    Running,
    Completed,
    Failed,
    /// Never ran: a person or the mode did not allow it.
    Denied,
    /// A person stopped it.
    Stopped,
}

impl ToolStatus {
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}
