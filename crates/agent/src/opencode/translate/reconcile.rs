//! After events were lost: what OpenCode says when it is asked takes their place.

use super::{Translator, Turn, tasks};
use crate::{AgentEvent, opencode::wire};

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
}

impl Truth {
    /// Idle, though nobody has answered the last prompt.
    pub(in crate::opencode) fn awaits_an_answer(&self) -> bool {
        let newest = self.messages.iter().rfind(|stored| is_prompt(stored) || stored.info.is_agents());
        self.status.is_none() && newest.is_some_and(is_prompt)
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
        let began = truth.messages.iter().rposition(is_prompt);
        let sent_is_missing = match &self.turn {
            Turn::Sent { message } => !truth.messages.iter().any(|stored| stored.info.id == *message),
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
                self.status(&status, &mut told);
            }
            None if sent_is_missing || self.turn == Turn::Over => {}
            None => self.settle(&mut told),
        }
        told
    }
}

/// What a person said, as opposed to what OpenCode says in a person's name.
fn is_prompt(stored: &wire::Stored) -> bool {
    let own_words = |part: &wire::Part| part.kind == "text" && !part.synthetic;
    stored.info.role == "user" && stored.parts.iter().any(own_words)
}
