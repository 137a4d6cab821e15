//! The fold: how a view follows from frames. Run by the browser, the supervisor and the tests alike.
//!
//! Rows are whole, so a change replaces what it names; what is not loaded (an older message, or a newer one while somebody
//! reads further up) is ignored. Text only grows: a delta that overlaps what is held is trimmed, one that leaves a hole
//! asks to join again. A tool's output is whole while it grows, and shortened when it closes.

use crate::{
    Change, ChangeBody, Delta, Frame, Message, MessageId, MessageView, Part, PartId, PartSeal, Prompt,
    PromptState, Request, RequestState, SessionView, text_hash,
};

/// What the follower must do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Go on.
    Whole,
    /// Something is missing: join again with what is held.
    Rejoin,
    /// The session is gone.
    Gone,
}

impl SessionView {
    /// Applies a frame of the live protocol.
    pub fn apply(&mut self, frame: Frame) -> Applied {
        match frame {
            Frame::Snapshot { view } => {
                *self = *view;
                Applied::Whole
            }
            Frame::CatchUp { to, changes, tails } => {
                let whole = changes.into_iter().all(|change| self.apply_body(change.body));
                let whole = tails
                    .into_iter()
                    .fold(whole, |whole, tail| self.apply_delta(tail) == Applied::Whole && whole);
                self.cursor = to;
                if whole { Applied::Whole } else { Applied::Rejoin }
            }
            Frame::Change(change) => self.apply_change(change),
            Frame::Delta(delta) => self.apply_delta(delta),
            Frame::Heartbeat { revision } if revision == self.cursor.revision => Applied::Whole,
            Frame::Heartbeat { .. } => Applied::Rejoin,
            Frame::Gone => Applied::Gone,
        }
    }

    /// Applies a change of the live lane, where revisions follow one another without a gap. One that is already held
    /// changes nothing.
    pub fn apply_change(&mut self, change: Change) -> Applied {
        if change.rev <= self.cursor.revision {
            return Applied::Whole;
        }
        if change.rev > self.cursor.revision + 1 || !self.apply_body(change.body) {
            return Applied::Rejoin;
        }
        self.cursor.revision = change.rev;
        Applied::Whole
    }

    /// Appends streamed text. Closed parts and parts that are not loaded ignore it.
    pub fn apply_delta(&mut self, delta: Delta) -> Applied {
        let Some(part) = self.part_mut(&delta.message, &delta.part).filter(|part| part.open) else {
            return Applied::Whole;
        };
        let have = part.text.len() as u64;
        if delta.offset > have {
            return Applied::Rejoin;
        }
        if let Some(new) = delta.text.get((have - delta.offset) as usize..) {
            part.text.push_str(new);
        }
        Applied::Whole
    }

    /// False where the held text differs from what the change says it must be.
    fn apply_body(&mut self, body: ChangeBody) -> bool {
        match body {
            ChangeBody::Head(head) => self.head = *head,
            ChangeBody::Message(message) => self.put_message(message),
            ChangeBody::Part(part) => self.put_part(part),
            ChangeBody::PartClosed { part, seal } => return self.close_part(part, seal),
            ChangeBody::PartDropped { message, part } => self.drop_part(&message, &part),
            ChangeBody::Prompt(prompt) => self.put_prompt(prompt),
            ChangeBody::Request(request) => self.put_request(request),
        }
        true
    }

    fn message_mut(&mut self, id: &MessageId) -> Option<&mut MessageView> {
        self.messages.iter_mut().rev().find(|view| view.message.id == *id)
    }

    fn part_mut(&mut self, message: &MessageId, part: &PartId) -> Option<&mut Part> {
        self.message_mut(message)?.parts.iter_mut().rev().find(|held| held.id == *part)
    }

    fn put_message(&mut self, message: Message) {
        if let Some(held) = self.message_mut(&message.id) {
            held.message = message;
            return;
        }
        let older_than_loaded =
            self.has_older && self.messages.first().is_some_and(|first| message.ord < first.message.ord);
        let newer_than_loaded =
            self.has_newer && self.messages.last().is_some_and(|last| message.ord > last.message.ord);
        if older_than_loaded || newer_than_loaded {
            return;
        }
        let at = self.messages.partition_point(|held| held.message.ord < message.ord);
        self.messages.insert(at, MessageView { message, parts: Vec::new() });
    }

    fn put_part(&mut self, mut part: Part) {
        let Some(message) = self.message_mut(&part.message) else { return };
        part.shorten();
        let Some(held) = message.parts.iter_mut().find(|held| held.id == part.id) else {
            let at = message.parts.partition_point(|held| held.ord < part.ord);
            message.parts.insert(at, part);
            return;
        };
        // A row may be older than the text that has streamed since it was stored.
        if part.open && held.open && held.text.len() > part.text.len() {
            part.text = std::mem::take(&mut held.text);
        }
        *held = part;
    }

    fn close_part(&mut self, mut part: Part, seal: PartSeal) -> bool {
        let Some(message) = self.message_mut(&part.message) else { return true };
        let Some(held) = message.parts.iter_mut().find(|held| held.id == part.id) else { return false };
        if held.text.len() as u64 != seal.bytes || text_hash(&held.text) != seal.hash {
            return false;
        }
        part.text = std::mem::take(&mut held.text);
        *held = part.shortened();
        true
    }

    fn drop_part(&mut self, message: &MessageId, part: &PartId) {
        if let Some(message) = self.message_mut(message) {
            message.parts.retain(|held| held.id != *part);
        }
    }

    fn put_prompt(&mut self, prompt: Prompt) {
        self.queue.retain(|held| held.id != prompt.id);
        if prompt.state == PromptState::Queued {
            let at = self.queue.partition_point(|held| held.position < prompt.position);
            self.queue.insert(at, prompt);
        }
    }

    fn put_request(&mut self, request: Request) {
        self.requests.retain(|held| held.id != request.id);
        if request.state == RequestState::Open {
            let key = (request.created_at, request.id.clone());
            let at = self.requests.partition_point(|held| (held.created_at, held.id.clone()) < key);
            self.requests.insert(at, request);
        }
    }
}
