//! The queue: prompts that wait, in order.

use slipway_agent::Delivery;
use slipway_protocol::{ChangeBody, Prompt, PromptId, PromptState};

use super::Transcript;

impl Transcript {
    pub(in crate::session) fn queue(&self) -> &[Prompt] {
        &self.queue
    }

    pub(in crate::session) fn put_prompt(&mut self, prompt: Prompt, delivery: Option<&Delivery>) {
        self.queue.retain(|held| held.id != prompt.id);
        if prompt.state == PromptState::Queued {
            let at = self.queue.partition_point(|held| held.position < prompt.position);
            self.queue.insert(at, prompt.clone());
        }
        let rev = self.note(ChangeBody::Prompt(prompt.clone()));
        let ids = delivery.map(|delivery| (delivery.message.clone(), delivery.part.clone()));
        self.batch.prompts.push((rev, prompt, ids));
    }

    pub(in crate::session) fn queued(&self, id: &PromptId) -> Option<Prompt> {
        self.queue.iter().find(|prompt| prompt.id == *id).cloned()
    }

    pub(in crate::session) fn next_position(&self) -> i64 {
        self.queue.last().map_or(1, |last| last.position + 1)
    }

    pub(in crate::session) fn first_position(&self) -> i64 {
        self.queue.first().map_or(1, |first| first.position - 1)
    }
}
