//! What the agent, or one of its sub-agents, waits for a person to decide.

use slipway_protocol::RequestAsk;

use super::Translator;
use crate::{
    AgentEvent,
    opencode::{ask, wire},
};

impl Translator {
    pub(super) fn permission(&mut self, asked: &wire::Permission) -> AgentEvent {
        let change = ask::change(&asked.metadata, &self.checkout);
        if let (Some(change), Some(tool)) = (change, &asked.tool) {
            self.changes.insert(tool.call.clone(), change);
        }
        let ask = ask::permission(asked, &self.checkout);
        self.ask(&asked.id, &asked.session, ask)
    }

    pub(super) fn questions(&mut self, asked: wire::Questions) -> AgentEvent {
        let (key, session) = (asked.id.clone(), asked.session.clone());
        self.ask(&key, &session, ask::questions(asked))
    }

    fn ask(&mut self, key: &str, session: &str, ask: RequestAsk) -> AgentEvent {
        self.asked.insert(key.to_owned(), session.to_owned());
        AgentEvent::Asked { key: key.to_owned(), ask, from_sub_agent: !self.is_root(session) }
    }
}
