//! OpenCode's own words, as far as they are understood. Everything else in them is passed over: what is missing counts as
//! empty, what is unknown as not said.
#![expect(clippy::struct_field_names, reason = "the names are OpenCode's")]

use serde::Deserialize;
use serde_json::Value;

/// One event of `GET /event`.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) properties: Value,
}

/// `message.part.delta`
#[derive(Debug, Deserialize)]
pub(super) struct Delta {
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    #[serde(rename = "messageID")]
    pub(super) message: String,
    #[serde(rename = "partID")]
    pub(super) part: String,
    pub(super) field: String,
    pub(super) delta: String,
}

/// `message.part.updated`
#[derive(Debug, Deserialize)]
pub(super) struct PartUpdated {
    pub(super) part: Part,
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    #[serde(rename = "messageID")]
    pub(super) message: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Of `text` and `reasoning`.
    pub(super) text: Option<String>,
    /// Written by OpenCode in a person's name.
    #[serde(default)]
    pub(super) synthetic: bool,
    /// Of `compaction`: nobody asked for it.
    #[serde(default)]
    pub(super) auto: bool,
    pub(super) time: Option<Span>,
    /// Of `tool`.
    pub(super) tool: Option<String>,
    #[serde(rename = "callID")]
    pub(super) call: Option<String>,
    pub(super) state: Option<ToolState>,
    /// Of `step-finish`.
    pub(super) tokens: Option<Tokens>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Span {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ToolState {
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) input: Value,
    pub(super) output: Option<String>,
    pub(super) error: Option<String>,
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) metadata: Value,
    pub(super) time: Option<Span>,
}

impl ToolState {
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "error")
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Tokens {
    #[serde(default)]
    input: f64,
    #[serde(default)]
    output: f64,
    #[serde(default)]
    reasoning: f64,
    #[serde(default)]
    cache: Cache,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Cache {
    #[serde(default)]
    read: f64,
    #[serde(default)]
    write: f64,
}

impl Tokens {
    /// What the conversation takes up in the model.
    pub(super) fn context(&self) -> u64 {
        (self.input + self.cache.read + self.cache.write + self.output).max(0.0) as u64
    }

    /// What was read and written anew.
    pub(super) fn spent(&self) -> u64 {
        (self.input + self.cache.write + self.output + self.reasoning).max(0.0) as u64
    }
}

/// `message.updated`
#[derive(Debug, Deserialize)]
pub(super) struct MessageUpdated {
    pub(super) info: Message,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) role: String,
    #[serde(default)]
    pub(super) time: MessageTime,
    /// True for the summary that a compaction writes; an object, without meaning here, for a person's message.
    #[serde(default)]
    summary: Value,
    /// Why the agent's message ended before its time.
    pub(super) error: Option<Failure>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct MessageTime {
    #[serde(default)]
    pub(super) created: i64,
    pub(super) completed: Option<i64>,
}

impl Message {
    pub(super) fn is_agents(&self) -> bool {
        self.role == "assistant"
    }

    /// The parts of others are no part of the answer: a person's own words, and summaries for the model.
    pub(super) fn is_answer(&self) -> bool {
        self.is_agents() && self.summary != Value::Bool(true)
    }
}

/// `GET /session/{id}/message`
#[derive(Debug, Deserialize)]
pub(super) struct Stored {
    pub(super) info: Message,
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

impl Stored {
    /// What a person said, as opposed to what OpenCode says in a person's name.
    pub(super) fn is_prompt(&self) -> bool {
        let own_words = |part: &Part| part.kind == "text" && !part.synthetic;
        self.asks_to_compact() || (self.info.role == "user" && self.parts.iter().any(own_words))
    }

    pub(super) fn asks_to_compact(&self) -> bool {
        self.info.role == "user" && self.parts.iter().any(|part| part.kind == "compaction" && !part.auto)
    }
}

/// `session.created` and `session.updated`
#[derive(Debug, Deserialize)]
pub(super) struct SessionUpdated {
    pub(super) info: Session,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    /// US dollars.
    #[serde(default)]
    pub(super) cost: f64,
    /// Of all its steps.
    #[serde(default)]
    pub(super) tokens: Tokens,
}

/// `session.status`
#[derive(Debug, Deserialize)]
pub(super) struct StatusChanged {
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) status: Status,
}

#[derive(Debug, Deserialize)]
pub(super) struct Status {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) attempt: u32,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) next: i64,
}

/// `session.idle`, `session.compacted`
#[derive(Debug, Deserialize)]
pub(super) struct OfSession {
    #[serde(rename = "sessionID")]
    pub(super) session: String,
}

/// `session.error`
#[derive(Debug, Deserialize)]
pub(super) struct SessionError {
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) error: Failure,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Failure {
    pub(super) name: String,
    #[serde(default)]
    pub(super) data: FailureData,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FailureData {
    #[serde(default)]
    pub(super) message: String,
    pub(super) status_code: Option<u16>,
}

/// `todo.updated`
#[derive(Debug, Deserialize)]
pub(super) struct TodosUpdated {
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) todos: Vec<Todo>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Todo {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) status: String,
}

/// `permission.asked`, and one of `GET /permission`
#[derive(Debug, Deserialize)]
pub(super) struct Permission {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) permission: String,
    #[serde(default)]
    pub(super) patterns: Vec<String>,
    #[serde(default)]
    pub(super) always: Vec<String>,
    #[serde(default)]
    pub(super) metadata: Value,
    pub(super) tool: Option<ToolRef>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ToolRef {
    #[serde(rename = "callID")]
    pub(super) call: String,
}

/// `question.asked`, and one of `GET /question`
#[derive(Debug, Deserialize)]
pub(super) struct Questions {
    pub(super) id: String,
    #[serde(rename = "sessionID")]
    pub(super) session: String,
    pub(super) questions: Vec<Question>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    pub(super) header: String,
    #[serde(default)]
    pub(super) question: String,
    #[serde(default)]
    pub(super) options: Vec<QuestionOption>,
    #[serde(default)]
    pub(super) multiple: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct QuestionOption {
    pub(super) label: String,
    #[serde(default)]
    pub(super) description: String,
}

/// `permission.replied`, `question.replied`, `question.rejected`
#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    #[serde(rename = "requestID")]
    pub(super) request: String,
}

/// `message.part.removed`
#[derive(Debug, Deserialize)]
pub(super) struct PartRemoved {
    #[serde(rename = "partID")]
    pub(super) part: String,
}
