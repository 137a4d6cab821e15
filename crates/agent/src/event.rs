//! What an agent reports, in terms of our own.

use slipway_protocol::{PartBody, Place, RequestAsk, Task};

/// Events that followed from one event of the keeper. `seq` is the keeper's number within its `boot`: whoever stores
/// the effects stores it in the same transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    pub seq: u64,
    pub events: Vec<AgentEvent>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AgentEvent {
    /// The agent answers calls now.
    Ready,
    /// A turn runs.
    Busy,
    /// The turn ended. `settled` is false where the agent may still send the last updates of its messages: another
    /// `Idle` with `settled` follows when they came (allow it half a second).
    Idle {
        settled: bool,
    },
    /// The provider failed and is asked again at `next_at` (milliseconds since 1970).
    Retrying {
        attempt: u32,
        sentence: String,
        next_at: i64,
    },
    /// A part of the agent's answer, whole but for its text when `text` is none: then the text so far stays.
    Part(PartUpdate),
    /// Text appended to a part (prose, reasoning, a tool's output).
    Delta {
        key: String,
        text: String,
    },
    /// The part never was: an attempt was cut and began again.
    Dropped {
        key: String,
    },
    Tasks(Vec<Task>),
    /// The agent, or one of its sub-agents, waits for a person.
    Asked {
        key: String,
        ask: RequestAsk,
        from_sub_agent: bool,
    },
    /// The agent no longer waits for it.
    AskClosed {
        key: String,
    },
    /// A title the agent found for the conversation.
    Title(String),
    /// Of the whole conversation so far. `tokens` leaves out what the provider had kept from the request before.
    Usage {
        context_used: u64,
        tokens: u64,
        cost_micros: u64,
    },
    /// Something that people should know, and nobody need answer.
    Notice(String),
    /// It wanted to reach a machine and may not. `can_allow`: a person may change that.
    Refused {
        place: Place,
        sentence: String,
        can_allow: bool,
    },
    /// The turn failed; `Idle` follows.
    Failed {
        kind: FailureKind,
        sentence: String,
    },
    /// Events may be missing: call [`crate::Conversation::reconcile`] and apply what it returns.
    Gap,
    /// The agent's process is gone. Open parts and requests end here.
    Exited {
        sentence: String,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct PartUpdate {
    /// The agent's own id of the part, unique in the session.
    pub key: String,
    /// The key of the tool call that started the sub-agent whose part this is.
    pub parent: Option<String>,
    pub body: PartBody,
    /// Replaces the text; none leaves it as it is.
    pub text: Option<String>,
    pub open: bool,
    /// Milliseconds since 1970.
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// A person stopped it.
    Aborted,
    /// The provider refused the key.
    KeyRefused,
    /// There is no such model.
    UnknownModel,
    /// The conversation no longer fits into the model.
    ContextOverflow,
    /// The provider wants money, or a budget is used up.
    Unpaid,
    /// The provider failed after all retries, or answered nonsense.
    Provider,
    Other,
}

impl FailureKind {
    /// The next turn would end in the same way, unless a person mends something first.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::KeyRefused | Self::UnknownModel | Self::ContextOverflow | Self::Unpaid)
    }
}
