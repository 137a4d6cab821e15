//! The parts of an answer: prose, reasoning and tools, of the agent and of its sub-agents.

use slipway_protocol::PartBody;

use super::{
    Open, Translator,
    sub_agents::{Place, Said},
};
use crate::{
    AgentEvent, PartUpdate,
    opencode::{tool, wire},
};

impl Translator {
    pub(super) fn delta(&mut self, delta: wire::Delta) -> Option<AgentEvent> {
        if delta.field != "text" || delta.delta.is_empty() {
            return None;
        }
        match self.place(&delta.session, &delta.message) {
            Place::Nowhere => return None,
            Place::NotKnownYet => {
                let session = delta.session.clone();
                self.sub_agents.hold(&session, Said::Delta(delta));
                return None;
            }
            Place::Below(_) => {}
        }
        let wire::Delta { session, part, delta, .. } = delta;
        if !self.open.contains_key(&part) {
            self.open.insert(part.clone(), Open::words(session));
        }
        Some(AgentEvent::Delta { key: part, text: delta })
    }

    pub(super) fn part(&mut self, part: wire::Part, told: &mut Vec<AgentEvent>) {
        let parent = match self.place(&part.session, &part.message) {
            Place::Nowhere => return,
            Place::NotKnownYet => {
                let session = part.session.clone();
                return self.sub_agents.hold(&session, Said::Part(Box::new(part)));
            }
            Place::Below(parent) => parent,
        };
        match part.kind.as_str() {
            // A person's words have no time, nor has what a sub-agent was told; those in a person's name are marked.
            "text" if part.synthetic || part.time.is_none() => {}
            "text" => self.words(part, parent, PartBody::Text, told),
            "reasoning" => self.words(part, parent, PartBody::Reasoning, told),
            "tool" => self.tool(part, parent, told),
            "step-finish" if self.is_root(&part.session) => {
                if let Some(tokens) = part.tokens {
                    self.context_used = Some(tokens.context());
                    self.tell_usage(told);
                }
            }
            _ => {}
        }
    }

    fn words(
        &mut self,
        part: wire::Part,
        parent: Option<String>,
        body: PartBody,
        told: &mut Vec<AgentEvent>,
    ) {
        let time = part.time.unwrap_or_default();
        let text = part.text.unwrap_or_default();
        let known = self.open.contains_key(&part.id);
        let ended = time.end.is_some();
        if ended && text.trim().is_empty() {
            if self.open.remove(&part.id).is_some() {
                told.push(AgentEvent::Dropped { key: part.id });
            }
            return;
        }
        if ended {
            self.open.remove(&part.id);
        } else if known {
            // What has streamed is longer than what OpenCode stores before the end.
            return;
        } else {
            self.open.insert(part.id.clone(), Open::words(part.session));
        }
        told.push(AgentEvent::Part(PartUpdate {
            key: part.id,
            parent,
            body,
            text: Some(text).filter(|text| !text.is_empty()),
            open: !ended,
            started_at: time.start,
            ended_at: time.end,
        }));
    }

    fn tool(&mut self, part: wire::Part, parent: Option<String>, told: &mut Vec<AgentEvent>) {
        let (Some(name), Some(state)) = (part.tool, part.state) else { return };
        let mut call = tool::call(&name, &state, &self.checkout);
        let ended = state.has_ended();
        if ended && let Some(change) = part.call.as_ref().and_then(|call| self.changes.remove(call)) {
            tool::learn_change(&mut call, change);
        }
        call.id = part.call;
        let time = state.time.unwrap_or_default();
        let (known, mut output) = self
            .open
            .remove(&part.id)
            .and_then(|open| open.tool)
            .map_or_else(Default::default, |(call, output)| (Some(call), output));
        let streams = tool::growing(&state);
        let grown = streams.and_then(|now| output.grow(now));
        let text = match (ended, streams.is_some() || output.has_begun()) {
            (true, true) => Some(output.text()),
            (true, false) => Some(tool::output(&name, &state, &self.checkout)),
            (false, _) if known.is_none() => grown.clone(),
            (false, _) => None,
        };
        if known.is_some()
            && let Some(text) = grown
        {
            told.push(AgentEvent::Delta { key: part.id.clone(), text });
        }
        if ended || known.as_deref() != Some(&call) {
            told.push(AgentEvent::Part(PartUpdate {
                key: part.id.clone(),
                parent,
                body: PartBody::Tool(call.clone()),
                text,
                open: !ended,
                started_at: time.start,
                ended_at: time.end,
            }));
        }
        if !ended {
            self.open.insert(part.id.clone(), Open::tool(part.session, call, output));
        }
        self.learn_call(part.id, &name, &state, told);
    }

    /// The attempt that wrote them begins again.
    pub(super) fn drop_words(&mut self, of: &str) -> Vec<AgentEvent> {
        let words = self.open.extract_if(.., |_, open| open.tool.is_none() && open.session == of);
        words.map(|(key, _)| AgentEvent::Dropped { key }).collect()
    }
}
