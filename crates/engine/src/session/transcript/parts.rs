//! The parts of the running answer: they begin, grow and close, those of sub-agents below the call that led to them.
//!
//! Invariant: nothing is open below a part that has closed.
//! Invariant: texts are whole here and in the rows; what is broadcast is shortened as the fold would.

use std::collections::HashSet;

use slipway_agent::PartUpdate;
use slipway_protocol::{ChangeBody, Delta, Part, PartBody, PartId, ToolStatus};

use super::Transcript;
use crate::{id, session::hub::OpenText};

/// The longest text of one part, in bytes; what comes after is not kept.
const LONGEST_TEXT: usize = 2 * 1024 * 1024;

impl Transcript {
    pub(super) fn put_part(&mut self, key: &str, part: Part) {
        let rev = self.note(ChangeBody::Part(part.clone().shortened()));
        self.batch.parts.push((rev, part, key.to_owned()));
    }

    pub(super) fn close_open_parts(&mut self, cut_short: bool, now: i64) {
        self.close_parts(|_| true, cut_short, now);
    }

    /// A call that has ended leaves nothing open that its sub-agent wrote.
    fn close_below(&mut self, call: &PartId, now: i64) {
        for id in self.close_parts(|part| part.parent.as_ref() == Some(call), true, now) {
            self.close_below(&id, now);
        }
    }

    fn close_parts(&mut self, which: impl Fn(&Part) -> bool, cut_short: bool, now: i64) -> Vec<PartId> {
        let open = self.parts.iter().filter(|(_, part)| part.open && which(part));
        let mut open: Vec<_> = open.map(|(key, part)| (part.ord, key.clone(), part.clone())).collect();
        open.sort_by_key(|(ord, ..)| *ord);
        let mut closed = Vec::new();
        for (_, key, mut part) in open {
            part.open = false;
            part.text.push_str(&self.scrub_rest(&key));
            part.interrupted = cut_short;
            part.ended_at = Some(now);
            if let PartBody::Tool(call) = &mut part.body {
                call.status = ToolStatus::Failed;
                call.error.get_or_insert_with(|| "Ended before it was done.".into());
            }
            closed.push(part.id.clone());
            self.replace_part(&key, part);
        }
        closed
    }

    /// A part as the agent has it now. Nothing is noted where nothing differs.
    pub(in crate::session) fn update_part(&mut self, update: PartUpdate, now: i64) {
        let Some(held) = self.parts.get(&update.key).cloned() else {
            self.add_part(update, now);
            return;
        };
        let mut part = held.clone();
        part.parent = held.parent.clone().or_else(|| self.parent_of(&update));
        part.body = self.scrub_body(update.body);
        // What was closed stays closed: followers have its seal.
        part.open = held.open && update.open;
        part.ended_at = update.ended_at.or(held.ended_at).or((!part.open).then_some(now));
        if let Some(text) = update.text.filter(|text| update.open || !text.is_empty() || held.text.is_empty())
        {
            part.text = self.scrub(&update.key, &bounded(text), part.open);
        } else if !part.open {
            part.text.push_str(&self.scrub_rest(&update.key));
        }
        let same = part.open == held.open && part.parent == held.parent;
        if same && part.body == held.body && part.text == held.text {
            return;
        }
        if held.open && !part.open {
            self.close_below(&part.id, now);
        }
        self.replace_part(&update.key, part);
    }

    fn add_part(&mut self, update: PartUpdate, now: i64) {
        let Some(message) = self.answer_message(now) else { return };
        self.parts_in_answer += 1;
        let parent = self.parent_of(&update);
        let text = self.scrub(&update.key, &bounded(update.text.unwrap_or_default()), update.open);
        let body = self.scrub_body(update.body);
        let part = Part {
            id: PartId::new(format!("p{}", id::random(14))),
            message,
            ord: self.parts_in_answer,
            parent,
            body,
            text,
            hidden: 0,
            open: update.open,
            interrupted: false,
            started_at: update.started_at.unwrap_or(now),
            ended_at: update.ended_at.or((!update.open).then_some(now)),
        };
        self.parts.insert(update.key.clone(), part.clone());
        let id = part.id.clone();
        self.put_part(&update.key, part);
        self.adopt(&update.key, &id);
    }

    /// Where the part belongs; one that comes before its parent waits for it.
    fn parent_of(&mut self, update: &PartUpdate) -> Option<PartId> {
        let key = update.parent.as_ref()?;
        let parent = self.parts.get(key).map(|parent| parent.id.clone());
        let own = self.parts.get(&update.key).map(|part| &part.id);
        if own.zip(parent.as_ref()).is_some_and(|(own, parent)| self.is_below(parent, own)) {
            return None;
        }
        let waits = (update.key.clone(), key.clone());
        if parent.is_none() && !self.parentless.contains(&waits) {
            self.parentless.push(waits);
        }
        parent
    }

    /// Parts that came before the call that led to them move below it.
    fn adopt(&mut self, key: &str, id: &PartId) {
        for (child, _) in self.parentless.extract_if(.., |(_, parent)| parent == key).collect::<Vec<_>>() {
            if let Some(mut part) = self.parts.get(&child).cloned()
                && !self.is_below(id, &part.id)
            {
                part.parent = Some(id.clone());
                self.parts.insert(child.clone(), part.clone());
                self.forget_dirty(&child, &part);
                self.put_part(&child, part);
            }
        }
    }

    /// Parents are a tree, whatever an agent says.
    fn is_below(&self, part: &PartId, ancestor: &PartId) -> bool {
        let mut at = Some(part);
        while let Some(id) = at.filter(|id| *id != ancestor) {
            at = self.parts.values().find(|part| part.id == *id).and_then(|part| part.parent.as_ref());
        }
        at.is_some()
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
        let takes = |part: &&mut Part| part.open && part.text.len() < LONGEST_TEXT;
        self.parts.get_mut(key).filter(takes)?;
        let text = self.scrub_more(key, text);
        let part = self.parts.get_mut(key).filter(|_| !text.is_empty())?;
        let offset = part.text.len() as u64;
        part.text.push_str(&text);
        self.dirty_bytes += text.len();
        if !self.dirty.contains(key) {
            self.dirty.insert(key.to_owned());
        }
        Some(Delta { message: part.message.clone(), part: part.id.clone(), offset, text })
    }

    /// The attempt that wrote the part was cut and began again.
    pub(in crate::session) fn drop_part(&mut self, key: &str) {
        let Some(part) = self.parts.remove(key) else { return };
        self.scrubbers.remove(key);
        self.forget_dirty(key, &part);
        let rev = self.note(ChangeBody::PartDropped { message: part.message, part: part.id.clone() });
        self.batch.dropped_parts.push((rev, part.id));
    }

    /// The part being written last, to tell the phase from. A call whose sub-agent has begun says nothing: what that one
    /// does is what happens.
    pub(in crate::session) fn newest_part(&self) -> Option<&Part> {
        let parents: HashSet<&PartId> = self.parts.values().filter_map(|part| part.parent.as_ref()).collect();
        let open = self.parts.values().filter(|part| part.open && !parents.contains(&part.id));
        open.max_by_key(|part| part.ord)
    }

    /// What the agent said last in this or the last turn.
    pub(in crate::session) fn last_text(&self) -> Option<&str> {
        let own = self.parts.values().filter(|part| part.parent.is_none());
        let prose = own.filter(|part| part.body == PartBody::Text && !part.text.trim().is_empty());
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
