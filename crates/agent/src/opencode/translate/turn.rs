//! When a turn begins, goes on, fails and ends.

use slipway_protocol::{Notice, PartBody};

use super::{Translator, Turn};
use crate::{
    AgentEvent, FailureKind, PartUpdate,
    opencode::{failure, wire},
};

impl Translator {
    pub(super) fn message(&mut self, message: &wire::Message, told: &mut Vec<AgentEvent>) {
        self.hush(message);
        if !self.is_root(&message.session) {
            return;
        }
        match &self.turn {
            Turn::Sent(awaited) if awaited.is(message) => {
                self.turn = Turn::Taken { message: message.id.clone() };
                self.last_failure.clear();
            }
            // What is older belongs to the turn before.
            Turn::Taken { message: prompt } if message.is_agents() && message.id > *prompt => {
                self.turn = Turn::Running;
            }
            _ => {}
        }
        if !message.is_agents() || self.is_ahead() {
            return;
        }
        let completed = message.time.completed.is_some();
        self.newest = Some((message.id.clone(), completed));
        self.unheard.clone_from(&message.error);
        if completed && self.turn == Turn::Unsettled {
            self.settle(told);
        }
    }

    pub(super) fn status(&mut self, session: &str, status: &wire::Status, told: &mut Vec<AgentEvent>) {
        let of_no_turn = matches!(self.turn, Turn::Sent(_) | Turn::Unsettled);
        if of_no_turn || (!self.is_root(session) && self.turn != Turn::Running) {
            return;
        }
        match status.kind.as_str() {
            "busy" => {
                self.turn = Turn::Running;
                if !std::mem::replace(&mut self.busy_told, true) {
                    told.push(AgentEvent::Busy);
                }
            }
            "retry" => {
                self.turn = Turn::Running;
                self.busy_told = false;
                told.extend(self.drop_words(session));
                told.push(AgentEvent::Retrying {
                    attempt: status.attempt,
                    sentence: failure::of_retry(&status.message),
                    next_at: status.next,
                });
            }
            _ => {}
        }
    }

    pub(super) fn idle(&mut self, session: &str, told: &mut Vec<AgentEvent>) {
        if !self.is_root(session) {
            let theirs = self.asked.extract_if(.., |_, by| by == session);
            told.extend(theirs.map(|(key, _)| AgentEvent::AskClosed { key }));
            return;
        }
        match self.turn {
            Turn::Over | Turn::Sent(_) | Turn::Taken { .. } => {}
            Turn::Running if self.newest.as_ref().is_some_and(|(_, completed)| !completed) => {
                self.turn = Turn::Unsettled;
                self.tell_end(told);
                told.push(AgentEvent::Idle { settled: false });
            }
            Turn::Running | Turn::Unsettled => self.settle(told),
        }
    }

    pub(super) fn settle(&mut self, told: &mut Vec<AgentEvent>) {
        self.tell_end(told);
        told.push(AgentEvent::Idle { settled: true });
        self.turn = Turn::Over;
        self.forget_turn();
    }

    /// What ends with a turn, whether it was said or not.
    fn tell_end(&mut self, told: &mut Vec<AgentEvent>) {
        if let Some(sentence) = self.overflow.take() {
            told.push(AgentEvent::Failed { kind: FailureKind::ContextOverflow, sentence });
        }
        if let Some(failure) = self.unheard.take().filter(|_| !self.failure_told) {
            let (kind, sentence) = failure::of(&failure);
            told.push(AgentEvent::Failed { kind, sentence });
        }
        told.extend(std::mem::take(&mut self.asked).into_keys().map(|key| AgentEvent::AskClosed { key }));
    }

    pub(super) fn forget_turn(&mut self) {
        self.busy_told = false;
        self.newest = None;
        self.silent.clear();
        self.sub_agents.clear();
        self.open.clear();
        self.changes.clear();
        self.overflow = None;
        self.unheard = None;
        self.failure_told = false;
    }

    pub(super) fn failed(&mut self, error: &wire::Failure, told: &mut Vec<AgentEvent>) {
        let (kind, sentence) = failure::of(error);
        self.failure_told |= matches!(self.turn, Turn::Running | Turn::Unsettled);
        match self.turn {
            Turn::Over => {}
            // OpenCode may repeat what made the turn before this one fail.
            Turn::Sent(_) if kind == FailureKind::Aborted || self.is_repeated(error) => {}
            Turn::Taken { .. } if kind == FailureKind::Aborted => {}
            Turn::Taken { .. } => {
                told.push(AgentEvent::Failed { kind, sentence });
                self.turn = Turn::Running;
            }
            Turn::Sent(_) => {
                told.push(AgentEvent::Failed { kind, sentence });
                self.settle(told);
            }
            Turn::Running | Turn::Unsettled if kind == FailureKind::ContextOverflow => {
                self.overflow = Some(sentence);
            }
            Turn::Running | Turn::Unsettled => told.push(AgentEvent::Failed { kind, sentence }),
        }
        self.last_failure.clone_from(&error.data.message);
    }

    fn is_repeated(&self, error: &wire::Failure) -> bool {
        !self.last_failure.is_empty() && error.data.message.contains(&self.last_failure)
    }

    pub(super) fn compacted(&mut self) -> AgentEvent {
        self.overflow = None;
        let summary = self.newest.as_ref().map_or("", |(message, _)| message);
        AgentEvent::Part(PartUpdate {
            key: format!("compacted-{summary}"),
            parent: None,
            body: PartBody::Notice { notice: Notice::Information },
            text: Some("The conversation so far was summarized. The agent goes on with the summary.".into()),
            open: false,
            started_at: None,
            ended_at: None,
        })
    }
}
