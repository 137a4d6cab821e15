//! Sub-agents: sessions that a call of the tool `task` started, at any depth.
//!
//! What a sub-agent says belongs below the call that started it. OpenCode names the sub-agent's session in an update of
//! that call, which may come after the session's first words; until then they are held back, so that nobody hears of
//! them without knowing where they belong.
//!
//! Invariant: what is held is bounded. Where more was said, a gap is told, and asking OpenCode brings the rest.

use std::collections::HashMap;

use super::Translator;
use crate::{AgentEvent, opencode::tool, opencode::wire};

/// Events that are held for all sessions together.
const MOST_HELD: usize = 256;

#[derive(Debug, Default)]
pub(super) struct SubAgents {
    /// By their session.
    calls: HashMap<String, Call>,
    held: HashMap<String, Held>,
    count: usize,
}

/// The call that started a sub-agent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    /// The key of its part.
    pub(super) part: String,
    /// When it began, in milliseconds since 1970. A sub-agent may have worked for an earlier call too.
    pub(super) began: i64,
}

#[derive(Debug, Default)]
struct Held {
    said: Vec<Said>,
    /// There was more.
    overflowed: bool,
}

#[derive(Debug)]
pub(super) enum Said {
    Part(Box<wire::Part>),
    Delta(wire::Delta),
}

/// Where a part belongs.
pub(super) enum Place {
    /// The answer itself, or below the call with this key.
    Below(Option<String>),
    /// A sub-agent's of which nobody knows yet who started it.
    NotKnownYet,
    /// It is no part of any answer.
    Nowhere,
}

impl SubAgents {
    pub(super) fn call(&self, session: &str) -> Option<&Call> {
        self.calls.get(session)
    }

    pub(super) fn hold(&mut self, session: &str, said: Said) {
        let held = self.held.entry(session.to_owned()).or_default();
        if self.count >= MOST_HELD {
            held.overflowed = true;
        } else {
            self.count += 1;
            held.said.push(said);
        }
    }

    /// What is known now of this session, and what was held for it.
    fn learn(&mut self, session: String, call: Call) -> Held {
        let held = self.held.remove(&session).unwrap_or_default();
        self.count -= held.said.len();
        self.calls.insert(session, call);
        held
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Translator {
    pub(super) fn place(&self, session: &str, message: &str) -> Place {
        if self.silent.contains(message) {
            Place::Nowhere
        } else if self.is_root(session) {
            Place::Below(None)
        } else {
            match self.sub_agents.call(session) {
                Some(call) => Place::Below(Some(call.part.clone())),
                None => Place::NotKnownYet,
            }
        }
    }

    pub(super) fn is_ours(&self, session: &str) -> bool {
        self.is_root(session) || self.sub_agents.call(session).is_some()
    }

    /// To be told after the call itself: what its sub-agent has said already.
    pub(super) fn learn_call(
        &mut self,
        part: String,
        tool: &str,
        state: &wire::ToolState,
        told: &mut Vec<AgentEvent>,
    ) {
        let Some(session) = tool::sub_agent(tool, state) else { return };
        let call = Call { part, began: began(state) };
        if self.sub_agents.call(session) == Some(&call) {
            return;
        }
        let held = self.sub_agents.learn(session.to_owned(), call);
        for said in held.said {
            match said {
                Said::Part(part) => self.part(*part, told),
                Said::Delta(delta) => told.extend(self.delta(delta)),
            }
        }
        if held.overflowed {
            told.push(AgentEvent::Gap);
        }
    }

    /// A part that was there before this translator was. Returns the sub-agent's session, if it is a call of one that
    /// has not ended.
    pub(in crate::opencode) fn learn_part(&mut self, part: &wire::Part) -> Option<String> {
        let state = part.state.as_ref().filter(|state| !state.has_ended())?;
        let session = tool::sub_agent(part.tool.as_deref()?, state)?.to_owned();
        let call = Call { part: part.id.clone(), began: began(state) };
        self.sub_agents.learn(session.clone(), call);
        Some(session)
    }
}

fn began(state: &wire::ToolState) -> i64 {
    state.time.and_then(|time| time.start).unwrap_or_default()
}
