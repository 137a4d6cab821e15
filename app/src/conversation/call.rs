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

/// How a call ended that did not do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Failed,
    /// With its agent.
    Interrupted,
    /// By a person.
    Stopped,
    /// It never ran.
    Denied,
    /// A question without an answer.
    Dismissed,
}

impl Fault {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Denied => "denied",
            Self::Dismissed => "dismissed",
        }
    }

    /// Nobody wanted it.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Interrupted)
    }
}

impl Call {
    pub fn of(part: &Part) -> Option<Self> {
        let PartBody::Tool(call) = &part.body else { return None };
        let (interrupted, started_at, ended_at) = (part.interrupted, part.started_at, part.ended_at);
        Some(Self { call: call.clone(), interrupted, waits: false, started_at, ended_at, below: Vec::new() })
    }

    pub fn is_running(&self) -> bool {
        !self.interrupted && !self.call.status.is_over()
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

    pub fn fault(&self) -> Option<Fault> {
        match self.call.status {
            _ if self.interrupted => Some(Fault::Interrupted),
            ToolStatus::Denied if self.deed() == Deed::Ask => Some(Fault::Dismissed),
            ToolStatus::Denied => Some(Fault::Denied),
            ToolStatus::Stopped => Some(Fault::Stopped),
            ToolStatus::Failed => Some(Fault::Failed),
            _ => self.call.exit.filter(|exit| *exit != 0).map(|_| Fault::Failed),
        }
    }

    pub fn deed(&self) -> Deed {
        Deed::of(&self.call.tool)
    }

    /// "Edited", "Editing" while it runs, "Wants to edit" until a person has allowed it, "Wanted to edit" where nobody has.
    pub fn verb(&self) -> String {
        let verbs = self.deed().verbs();
        match (self.waits, self.is_running()) {
            (true, _) => format!("Wants to {}", verbs.plain),
            (false, true) => verbs.doing.to_owned(),
            (false, false) if self.fault() == Some(Fault::Denied) => format!("Wanted to {}", verbs.plain),
            (false, false) => verbs.done.to_owned(),
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
