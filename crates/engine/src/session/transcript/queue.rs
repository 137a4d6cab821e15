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

    /// Puts a prompt before another one, or at the end, by numbering the queue anew. None: one of them is not in it.
    pub(in crate::session) fn move_prompt(&mut self, id: &PromptId, before: Option<&PromptId>) -> Option<()> {
        let mut order = self.queue.clone();
        let moved = order.remove(order.iter().position(|held| held.id == *id)?);
        let at = match before {
            Some(before) => order.iter().position(|held| held.id == *before)?,
            None => order.len(),
        };
        order.insert(at, moved);
        let first = self.first_position() + 1;
        for (mut prompt, position) in order.into_iter().zip(first..) {
            if prompt.position != position {
                prompt.position = position;
                self.put_prompt(prompt, None);
            }
        }
        Some(())
    }

    pub(in crate::session) fn next_position(&self) -> i64 {
        self.queue.last().map_or(1, |last| last.position + 1)
    }

    pub(in crate::session) fn first_position(&self) -> i64 {
        self.queue.first().map_or(1, |first| first.position - 1)
    }
}
