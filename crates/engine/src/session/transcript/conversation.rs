//! Messages and parts: a turn begins, its parts grow and close, the turn ends.

use slipway_agent::{Delivery, PartUpdate};
use slipway_protocol::{
    Author, ChangeBody, Delta, Message, MessageId, Mode, Notice, Part, PartBody, PartId, Prompt, PromptState,
    Role, ToolStatus,
};

use super::Transcript;
use slipway_store::Checkpoint;

use crate::{highlight, id, session::hub::OpenText};

/// The longest text of one part, in bytes; what comes after is not kept.
const LONGEST_TEXT: usize = 2 * 1024 * 1024;

impl Transcript {
    pub(in crate::session) fn put_message(&mut self, message: Message) {
        let rev = self.note(ChangeBody::Message(message.clone()));
        self.batch.messages.push((rev, message));
    }

    fn put_part(&mut self, key: &str, part: Part) {
        let rev = self.note(ChangeBody::Part(part.clone()));
        self.batch.parts.push((rev, part, key.to_owned()));
    }

    /// A closed message of one closed part: what a person said, or a notice.
    fn say(
        &mut self,
        role: Role,
        author: Option<Author>,
        mode: Mode,
        body: PartBody,
        text: String,
        now: i64,
    ) -> MessageId {
        self.last_ord += 1;
        let message = Message {
            id: MessageId::new(format!("m{}", id::random(14))),
            ord: self.last_ord,
            role,
            author,
            mode,
            created_at: now,
            ended_at: Some(now),
            changes: None,
        };
        let part = Part {
            id: PartId::new(format!("p{}", id::random(14))),
            message: message.id.clone(),
            ord: 1,
            parent: None,
            body,
            text,
            open: false,
            interrupted: false,
            started_at: now,
            ended_at: Some(now),
            html: None,
        };
        let id = message.id.clone();
        self.put_message(message);
        self.put_part("", part);
        id
    }

    pub(in crate::session) fn notice(&mut self, notice: Notice, sentence: impl Into<String>, now: i64) {
        let mode = self.head.mode;
        self.say(Role::Notice, None, mode, PartBody::Notice { notice }, sentence.into(), now);
    }

    /// The prompt becomes a message, and the running turn's prompt.
    pub(in crate::session) fn begin_turn(
        &mut self,
        mut prompt: Prompt,
        delivery: Delivery,
        before: Option<String>,
        now: i64,
    ) {
        let author = Some(prompt.author.clone());
        let message = self.say(Role::User, author, prompt.mode, PartBody::Text, prompt.text.clone(), now);
        prompt.state = PromptState::Sent;
        prompt.message = Some(message);
        self.put_prompt(prompt.clone(), Some(&delivery));
        let checkpoint =
            |before| Checkpoint { prompt: prompt.id.clone(), message: None, before, after: None };
        self.turn = before.map(checkpoint);
        if let Some(turn) = self.turn.clone() {
            self.put_checkpoint(turn);
        }
        self.failed = None;
        self.sent = Some((prompt, delivery));
        self.answer = None;
        self.parts.clear();
        self.parts_in_answer = 0;
    }

    /// Closes the answer and everything open in it.
    pub(in crate::session) fn end_turn(&mut self, state: PromptState, cut_short: bool, now: i64) {
        self.close_open_parts(cut_short, now);
        if let Some(mut turn) = self.turn.take() {
            turn.message = self.answer.as_ref().map(|answer| answer.id.clone());
            self.put_checkpoint(turn.clone());
            self.ended_turn = Some(turn);
        }
        if let Some(mut answer) = self.answer.take() {
            answer.ended_at = Some(now);
            self.put_message(answer);
        }
        let Some((mut prompt, _)) = self.sent.take() else { return };
        prompt.state = state;
        self.failed = (state == PromptState::Failed).then(|| prompt.clone());
        self.put_prompt(prompt, None);
    }

    /// The agent has begun to answer the running turn's prompt.
    pub(in crate::session) fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    fn close_open_parts(&mut self, cut_short: bool, now: i64) {
        let open: Vec<_> =
            self.parts.iter().filter(|(_, part)| part.open).map(|(key, _)| key.clone()).collect();
        for key in open {
            let Some(mut part) = self.parts.get(&key).cloned() else { continue };
            part.open = false;
            part.interrupted = cut_short;
            part.ended_at = Some(now);
            if let PartBody::Tool(call) = &mut part.body {
                call.status = ToolStatus::Failed;
                call.error.get_or_insert_with(|| "Ended before it was done.".into());
            }
            self.replace_part(&key, part);
        }
    }

    /// A part as the agent has it now. Nothing is noted where nothing differs.
    pub(in crate::session) fn update_part(&mut self, update: PartUpdate, now: i64) {
        let Some(held) = self.parts.get(&update.key).cloned() else {
            self.add_part(update, now);
            return;
        };
        let mut part = held.clone();
        part.body = update.body;
        // What was closed stays closed: followers have its seal.
        part.open = held.open && update.open;
        part.ended_at = update.ended_at.or(held.ended_at).or((!part.open).then_some(now));
        if let Some(text) = update.text.filter(|text| update.open || !text.is_empty() || held.text.is_empty())
        {
            part.text = bounded(text);
        }
        if part.open == held.open && part.body == held.body && part.text == held.text {
            return;
        }
        self.replace_part(&update.key, part);
    }

    fn add_part(&mut self, update: PartUpdate, now: i64) {
        let Some(message) = self.answer_message(now) else { return };
        self.parts_in_answer += 1;
        let part = Part {
            id: PartId::new(format!("p{}", id::random(14))),
            message,
            ord: self.parts_in_answer,
            parent: update.parent.and_then(|key| self.parts.get(&key)).map(|parent| parent.id.clone()),
            body: update.body,
            text: bounded(update.text.unwrap_or_default()),
            open: update.open,
            interrupted: false,
            started_at: update.started_at.unwrap_or(now),
            ended_at: update.ended_at.or((!update.open).then_some(now)),
            html: None,
        };
        self.parts.insert(update.key.clone(), part.clone());
        self.put_part(&update.key, part);
    }

    /// Notes a part that changed: closing one whose text has streamed sends the seal, not the text.
    fn replace_part(&mut self, key: &str, part: Part) {
        let held = self.parts.insert(key.to_owned(), part.clone());
        let streamed = held.is_some_and(|held| held.open && !part.open && held.text == part.text);
        self.forget_dirty(key, &part);
        if !streamed {
            self.put_part(key, part);
            return;
        }
        let seal = part.seal();
        let mut light = part.clone();
        light.html = highlight::html(&part.body, &part.text);
        light.text = String::new();
        let rev = self.note(ChangeBody::PartClosed { part: light, seal });
        self.batch.parts.push((rev, part, key.to_owned()));
    }

    fn forget_dirty(&mut self, key: &str, part: &Part) {
        if self.dirty.remove(key) {
            self.batch.texts.retain(|(id, _)| *id != part.id);
        }
    }

    /// Appends streamed text; none where the part is closed, unknown, or full.
    pub(in crate::session) fn append(&mut self, key: &str, text: &str) -> Option<Delta> {
        let part = self.parts.get_mut(key).filter(|part| part.open && part.text.len() < LONGEST_TEXT)?;
        let offset = part.text.len() as u64;
        part.text.push_str(text);
        self.dirty_bytes += text.len();
        if !self.dirty.contains(key) {
            self.dirty.insert(key.to_owned());
        }
        Some(Delta { message: part.message.clone(), part: part.id.clone(), offset, text: text.to_owned() })
    }

    /// The attempt that wrote the part was cut and began again.
    pub(in crate::session) fn drop_part(&mut self, key: &str) {
        let Some(part) = self.parts.remove(key) else { return };
        self.forget_dirty(key, &part);
        let rev = self.note(ChangeBody::PartDropped { message: part.message, part: part.id.clone() });
        self.batch.dropped_parts.push((rev, part.id));
    }

    fn answer_message(&mut self, now: i64) -> Option<MessageId> {
        if let Some(answer) = &self.answer {
            return Some(answer.id.clone());
        }
        let mode = self.sent.as_ref()?.0.mode;
        self.last_ord += 1;
        let message = Message {
            id: MessageId::new(format!("m{}", id::random(14))),
            ord: self.last_ord,
            role: Role::Agent,
            author: None,
            mode,
            created_at: now,
            ended_at: None,
            changes: None,
        };
        self.answer = Some(message.clone());
        self.put_message(message.clone());
        Some(message.id)
    }

    /// The part being written last, to tell the phase from.
    pub(in crate::session) fn newest_part(&self) -> Option<&Part> {
        self.parts.values().filter(|part| part.open).max_by_key(|part| part.ord)
    }

    /// What the agent said last in this or the last turn.
    pub(in crate::session) fn last_text(&self) -> Option<&str> {
        let prose =
            self.parts.values().filter(|part| part.body == PartBody::Text && !part.text.trim().is_empty());
        prose.max_by_key(|part| part.ord).map(|part| part.text.as_str())
    }

    pub(in crate::session) fn open_texts(&self) -> Vec<OpenText> {
        let open = self.parts.values().filter(|part| part.open);
        open.map(|part| OpenText {
            message: part.message.clone(),
            part: part.id.clone(),
            text: part.text.clone(),
        })
        .collect()
    }
}

fn bounded(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        let mut at = LONGEST_TEXT;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.truncate(at);
    }
    text
}
