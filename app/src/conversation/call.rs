//! One call of a tool as people see it.

use slipway_protocol::{Part, PartBody, Request, RequestAsk, ToolCall, ToolStatus};

use super::deed::Deed;

/// The one tool call of a part, with the times around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub call: ToolCall,
    pub interrupted: bool,
    /// For a person to allow it.
    pub waits: bool,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    /// What the sub-agent that it started has called.
    pub below: Vec<Call>,
}

impl Call {
    pub fn of(part: &Part) -> Option<Self> {
        let PartBody::Tool(call) = &part.body else { return None };
        let (interrupted, started_at, ended_at) = (part.interrupted, part.started_at, part.ended_at);
        Some(Self { call: call.clone(), interrupted, waits: false, started_at, ended_at, below: Vec::new() })
    }

    pub fn is_running(&self) -> bool {
        !self.interrupted && matches!(self.call.status, ToolStatus::Pending | ToolStatus::Running)
    }

    /// This request is about whether it may be.
    pub fn is_asked_by(&self, request: &Request) -> bool {
        let RequestAsk::Permission(ask) = &request.ask else { return false };
        self.call.id.is_some() && ask.call == self.call.id
    }

    /// It, or one that its sub-agent has called.
    pub fn waits_anywhere(&self) -> bool {
        self.waits || self.below.iter().any(Self::waits_anywhere)
    }

    pub fn has_failed(&self) -> bool {
        self.interrupted
            || self.call.status == ToolStatus::Failed
            || self.call.exit.is_some_and(|exit| exit != 0)
    }

    pub fn deed(&self) -> Deed {
        Deed::of(&self.call.tool)
    }

    /// "Edited", "Editing" while it runs, "Wants to edit" until a person has allowed it.
    pub fn verb(&self) -> &'static str {
        let verbs = self.deed().verbs();
        match (self.waits, self.is_running()) {
            (true, _) => verbs.wanted,
            (false, true) => verbs.doing,
            (false, false) => verbs.done,
        }
    }

    /// What it acts on; a tool that nobody knows is named itself.
    pub fn target(&self) -> String {
        match self.deed() {
            Deed::Plan | Deed::Ask => String::new(),
            Deed::Other if self.call.target.is_empty() => self.call.tool.clone(),
            Deed::Other => format!("{} {}", self.call.tool, self.call.target),
            _ => self.call.target.clone(),
        }
    }

    pub fn milliseconds(&self) -> Option<i64> {
        self.ended_at.map(|end| end - self.started_at)
    }

    /// Lines that it added, or its sub-agent did.
    pub fn added(&self) -> u32 {
        self.call.added + self.below.iter().map(Self::added).sum::<u32>()
    }

    pub fn removed(&self) -> u32 {
        self.call.removed + self.below.iter().map(Self::removed).sum::<u32>()
    }
}
