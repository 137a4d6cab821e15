//! After events were lost: what OpenCode says when it is asked takes their place.

use std::collections::HashMap;

use super::{Translator, Turn, tasks};
use crate::{
    AgentEvent,
    opencode::{tool, wire},
};

/// What OpenCode says when it is asked, after events were lost.
pub(in crate::opencode) struct Truth {
    pub(in crate::opencode) sessions: Vec<wire::Session>,
    /// None: idle.
    pub(in crate::opencode) status: Option<wire::Status>,
    pub(in crate::opencode) permissions: Vec<wire::Permission>,
    pub(in crate::opencode) questions: Vec<wire::Questions>,
    pub(in crate::opencode) todos: Vec<wire::Todo>,
    /// The newest messages of the root, in order.
    pub(in crate::opencode) messages: Vec<wire::Stored>,
    /// The newest messages of each sub-agent that the last prompt led to, in order, by their sessions.
    pub(in crate::opencode) of_sub_agents: HashMap<String, Vec<wire::Stored>>,
}

impl Truth {
    /// Idle, though nobody has answered the last prompt.
    pub(in crate::opencode) fn awaits_an_answer(&self) -> bool {
        let newest = self.messages.iter().rfind(|stored| stored.is_prompt() || stored.info.is_agents());
        self.status.is_none() && newest.is_some_and(wire::Stored::is_prompt)
    }
}

impl Translator {
    /// Brings what is known, and what was told, in line with the truth.
    pub(in crate::opencode) fn reconcile(&mut self, truth: Truth) -> Vec<AgentEvent> {
        let mut told = Vec::new();
        if matches!(self.turn, Turn::Unsettled | Turn::Taken { .. }) {
            self.turn = Turn::Running;
        }
        for session in &truth.sessions {
            self.session(session, &mut told);
        }
        let began = truth.messages.iter().rposition(wire::Stored::is_prompt);
        let sent_is_missing = match &self.turn {
            Turn::Sent(awaited) => !truth.messages.iter().any(|stored| awaited.is(&stored.info)),
            _ => false,
        };
        // A long turn began before what was asked for.
        let of_turn = if sent_is_missing { usize::MAX } else { began.unwrap_or(0) };
        for stored in truth.messages.into_iter().skip(of_turn) {
            self.message(&stored.info, &mut told);
            for part in stored.parts {
                self.part(part, &mut told);
            }
        }
        self.mend_sub_agents(truth.of_sub_agents, &mut told);
        let mut gone = std::mem::take(&mut self.asked);
        for asked in truth.permissions {
            gone.remove(&asked.id);
            told.push(self.permission(&asked));
        }
        for asked in truth.questions {
            gone.remove(&asked.id);
            told.push(self.questions(asked));
        }
        told.extend(gone.into_keys().map(|key| AgentEvent::AskClosed { key }));
        told.push(AgentEvent::Tasks(tasks(&truth.todos)));
        match truth.status {
            Some(status) => {
                self.busy_told = false;
                let root = self.root.clone().unwrap_or_default();
                self.status(&root, &status, &mut told);
            }
            None if sent_is_missing || self.turn == Turn::Over => {}
            None => self.settle(&mut told),
        }
        told
    }

    /// Each after the one that called it.
    fn mend_sub_agents(&mut self, mut said: HashMap<String, Vec<wire::Stored>>, told: &mut Vec<AgentEvent>) {
        while let Some(session) = said.keys().find(|session| self.sub_agents.call(session).is_some()).cloned()
        {
            let began = self.sub_agents.call(&session).map_or(0, |call| call.began);
            let stored = said.remove(&session).unwrap_or_default();
            for stored in stored.into_iter().filter(|stored| stored.info.time.created >= began) {
                self.message(&stored.info, told);
                for part in stored.parts {
                    self.part(part, told);
                }
            }
        }
    }
}

/// The sessions of the sub-agents that these messages name, since the last prompt in them.
pub(in crate::opencode) fn sub_agents_named(messages: &[wire::Stored]) -> Vec<String> {
    let began = messages.iter().rposition(wire::Stored::is_prompt).unwrap_or(0);
    let parts = messages[began..].iter().flat_map(|stored| &stored.parts);
    let named = parts.filter_map(|part| tool::sub_agent(part.tool.as_deref()?, part.state.as_ref()?));
    named.map(str::to_owned).collect()
}
