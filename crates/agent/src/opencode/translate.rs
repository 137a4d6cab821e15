//! From OpenCode's events to ours: a pure state machine, no clock and no I/O.
//!
//! One OpenCode serves one conversation. Its *root* session is the conversation; every other session is a sub-agent's,
//! of which only permissions and questions are reported.
//!
//! Invariant: text is reported as it grows, and whole when it ends; both give the same.
//! Invariant: an `Idle` belongs to the prompt that was sent last. What is left of the turn before it is passed over.

mod reconcile;

pub(super) use reconcile::Truth;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway_protocol::{Notice, PartBody, RequestAsk, Task, TaskStatus, ToolCall};

use super::{ask, failure, output::Growing, tool, wire};
use crate::{AgentEvent, FailureKind, PartUpdate};

/// What OpenCode calls a session before it has found a title.
const UNTITLED: [&str; 2] = ["New session - ", "Child session - "];

#[derive(Debug)]
pub(super) struct Translator {
    checkout: PathBuf,
    root: Option<String>,
    turn: Turn,
    busy_told: bool,
    /// The newest message of the agent in this turn, and whether it is complete.
    newest: Option<(String, bool)>,
    /// Messages of the root whose parts are no part of the answer.
    silent: BTreeSet<String>,
    /// Parts that have not ended.
    open: BTreeMap<String, Open>,
    /// What is waited for, and by which session.
    asked: BTreeMap<String, String>,
    /// The changes that were asked for, by tool call.
    changes: HashMap<String, String>,
    /// The conversation no longer fits; told when the turn ends and nothing mended it.
    overflow: Option<String>,
    last_failure: String,
    title: String,
    /// US dollars of each session.
    costs: BTreeMap<String, f64>,
    context_used: Option<u64>,
    usage_told: Option<(u64, u64)>,
}

#[derive(Debug, PartialEq)]
enum Turn {
    Over,
    /// A prompt was sent; its message was not yet heard of.
    Sent {
        message: String,
    },
    /// Its message was heard of, and not yet that OpenCode is busy with it.
    Taken {
        message: String,
    },
    Running,
    /// Idle was said before the last updates.
    Unsettled,
}

#[derive(Debug)]
enum Open {
    /// Prose or reasoning.
    Words,
    Tool {
        call: Box<ToolCall>,
        output: Growing,
    },
}

impl Translator {
    pub(super) fn new(checkout: PathBuf, root: Option<String>) -> Self {
        Self {
            checkout,
            root,
            // Whoever takes over may find a turn running.
            turn: Turn::Running,
            busy_told: false,
            newest: None,
            silent: BTreeSet::new(),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            changes: HashMap::new(),
            overflow: None,
            last_failure: String::new(),
            title: String::new(),
            costs: BTreeMap::new(),
            context_used: None,
            usage_told: None,
        }
    }

    /// From now on this is the conversation, and no turn of it runs.
    pub(super) fn open(&mut self, root: &str) {
        self.root = Some(root.to_owned());
        self.turn = Turn::Over;
    }

    /// A message that was there before this translator was.
    pub(super) fn learn(&mut self, message: &wire::Message) {
        if self.is_root(&message.session) && !message.is_answer() {
            self.silent.insert(message.id.clone());
        }
    }

    pub(super) fn learn_cost(&mut self, session: &wire::Session) {
        self.costs.insert(session.id.clone(), session.cost);
        if self.is_root(&session.id) {
            self.title.clone_from(&session.title);
        }
    }

    /// A prompt is about to be sent under this id.
    pub(super) fn expect(&mut self, message: &str) {
        self.turn = Turn::Sent { message: message.to_owned() };
        self.forget_turn();
    }

    pub(super) fn translate(&mut self, event: Value) -> Vec<AgentEvent> {
        let Some(wire::Event { kind, properties }) = read(event) else { return Vec::new() };
        let mut told = Vec::new();
        match kind.as_str() {
            "message.part.delta" => told.extend(read(properties).and_then(|delta| self.delta(delta))),
            "message.part.updated" => {
                if let Some(wire::PartUpdated { part }) = read(properties) {
                    self.part(part, &mut told);
                }
            }
            "message.part.removed" => {
                if let Some(wire::PartRemoved { part }) = read(properties)
                    && self.open.remove(&part).is_some()
                {
                    told.push(AgentEvent::Dropped { key: part });
                }
            }
            "message.updated" => {
                if let Some(wire::MessageUpdated { info }) = read(properties) {
                    self.message(&info, &mut told);
                }
            }
            "session.created" | "session.updated" => {
                if let Some(wire::SessionUpdated { info }) = read(properties) {
                    self.session(&info, &mut told);
                }
            }
            "session.status" => {
                if let Some(wire::StatusChanged { session, status }) = read(properties)
                    && self.is_root(&session)
                {
                    self.status(&status, &mut told);
                }
            }
            "session.idle" => {
                if let Some(wire::OfSession { session }) = read(properties) {
                    self.idle(&session, &mut told);
                }
            }
            "session.error" => {
                if let Some(wire::SessionError { session, error }) = read(properties)
                    && self.is_root(&session)
                {
                    self.failed(&error, &mut told);
                }
            }
            "session.compacted" => {
                if let Some(wire::OfSession { session }) = read(properties)
                    && self.is_root(&session)
                {
                    told.push(self.compacted());
                }
            }
            "todo.updated" => {
                if let Some(wire::TodosUpdated { session, todos }) = read(properties)
                    && self.is_root(&session)
                {
                    told.push(AgentEvent::Tasks(tasks(&todos)));
                }
            }
            "permission.asked" => told.extend(read(properties).map(|asked| self.permission(&asked))),
            "question.asked" => told.extend(read(properties).map(|asked| self.questions(asked))),
            "permission.replied" | "question.replied" | "question.rejected" => {
                if let Some(wire::Answered { request }) = read(properties) {
                    self.asked.remove(&request);
                    told.push(AgentEvent::AskClosed { key: request });
                }
            }
            _ => {}
        }
        told
    }

    fn is_root(&self, session: &str) -> bool {
        self.root.as_deref() == Some(session)
    }

    /// The turn that is waited for has not begun.
    fn is_ahead(&self) -> bool {
        matches!(self.turn, Turn::Sent { .. } | Turn::Taken { .. })
    }

    fn is_of_answer(&self, session: &str, message: &str) -> bool {
        self.is_root(session) && !self.silent.contains(message)
    }

    fn delta(&mut self, delta: wire::Delta) -> Option<AgentEvent> {
        let wire::Delta { session, message, part, field, delta } = delta;
        if field != "text" || delta.is_empty() || !self.is_of_answer(&session, &message) {
            return None;
        }
        if !self.open.contains_key(&part) {
            self.open.insert(part.clone(), Open::Words);
        }
        Some(AgentEvent::Delta { key: part, text: delta })
    }

    fn part(&mut self, part: wire::Part, told: &mut Vec<AgentEvent>) {
        if !self.is_of_answer(&part.session, &part.message) {
            return;
        }
        match part.kind.as_str() {
            // A person's words have no time; those in a person's name are marked.
            "text" if part.synthetic || part.time.is_none() => {}
            "text" => self.words(part, PartBody::Text, told),
            "reasoning" => self.words(part, PartBody::Reasoning, told),
            "tool" => self.tool(part, told),
            "step-finish" => {
                if let Some(tokens) = part.tokens {
                    self.context_used = Some(tokens.context());
                    self.tell_usage(told);
                }
            }
            _ => {}
        }
    }

    fn words(&mut self, part: wire::Part, body: PartBody, told: &mut Vec<AgentEvent>) {
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
            self.open.insert(part.id.clone(), Open::Words);
        }
        told.push(AgentEvent::Part(PartUpdate {
            key: part.id,
            parent: None,
            body,
            text: Some(text).filter(|text| !text.is_empty()),
            open: !ended,
            started_at: time.start,
            ended_at: time.end,
        }));
    }

    fn tool(&mut self, part: wire::Part, told: &mut Vec<AgentEvent>) {
        let (Some(name), Some(state)) = (part.tool, part.state) else { return };
        let mut call = tool::call(&name, &state, &self.checkout);
        let ended = matches!(state.status.as_str(), "completed" | "error");
        if ended && let Some(change) = part.call.and_then(|call| self.changes.remove(&call)) {
            tool::learn_change(&mut call, change);
        }
        let time = state.time.unwrap_or_default();
        let (known, mut output) = match self.open.remove(&part.id) {
            Some(Open::Tool { call, output }) => (Some(call), output),
            Some(Open::Words) | None => (None, Growing::default()),
        };
        let streams = tool::growing(&state);
        let grown = streams.and_then(|now| output.grow(now));
        let text = match (ended, streams.is_some() || output.has_begun()) {
            (true, true) => Some(output.text()),
            (true, false) => Some(tool::output(&name, &state)),
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
                parent: None,
                body: PartBody::Tool(call.clone()),
                text,
                open: !ended,
                started_at: time.start,
                ended_at: time.end,
            }));
        }
        if !ended {
            self.open.insert(part.id, Open::Tool { call: Box::new(call), output });
        }
    }

    fn message(&mut self, message: &wire::Message, told: &mut Vec<AgentEvent>) {
        if !self.is_root(&message.session) {
            return;
        }
        self.learn(message);
        match &self.turn {
            Turn::Sent { message: sent } if *sent == message.id => {
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
        if completed && self.turn == Turn::Unsettled {
            self.settle(told);
        }
    }

    fn session(&mut self, session: &wire::Session, told: &mut Vec<AgentEvent>) {
        self.costs.insert(session.id.clone(), session.cost);
        self.tell_usage(told);
        let untitled =
            session.title.is_empty() || UNTITLED.iter().any(|start| session.title.starts_with(start));
        if self.is_root(&session.id) && !untitled && session.title != self.title {
            self.title.clone_from(&session.title);
            told.push(AgentEvent::Title(session.title.clone()));
        }
    }

    fn tell_usage(&mut self, told: &mut Vec<AgentEvent>) {
        let Some(context_used) = self.context_used else { return };
        let cost_micros = (self.costs.values().sum::<f64>() * 1e6).round().max(0.0) as u64;
        if self.usage_told != Some((context_used, cost_micros)) {
            self.usage_told = Some((context_used, cost_micros));
            told.push(AgentEvent::Usage { context_used, cost_micros });
        }
    }

    fn status(&mut self, status: &wire::Status, told: &mut Vec<AgentEvent>) {
        if matches!(self.turn, Turn::Sent { .. } | Turn::Unsettled) {
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
                told.extend(self.drop_words());
                told.push(AgentEvent::Retrying {
                    attempt: status.attempt,
                    sentence: failure::of_retry(&status.message),
                    next_at: status.next,
                });
            }
            _ => {}
        }
    }

    /// The attempt that wrote them begins again.
    fn drop_words(&mut self) -> Vec<AgentEvent> {
        let words = self.open.extract_if(.., |_, open| matches!(open, Open::Words));
        words.map(|(key, _)| AgentEvent::Dropped { key }).collect()
    }

    fn idle(&mut self, session: &str, told: &mut Vec<AgentEvent>) {
        if !self.is_root(session) {
            let theirs = self.asked.extract_if(.., |_, by| by == session);
            told.extend(theirs.map(|(key, _)| AgentEvent::AskClosed { key }));
            return;
        }
        match self.turn {
            Turn::Over | Turn::Sent { .. } | Turn::Taken { .. } => {}
            Turn::Running if self.newest.as_ref().is_some_and(|(_, completed)| !completed) => {
                self.turn = Turn::Unsettled;
                self.tell_end(told);
                told.push(AgentEvent::Idle { settled: false });
            }
            Turn::Running | Turn::Unsettled => self.settle(told),
        }
    }

    fn settle(&mut self, told: &mut Vec<AgentEvent>) {
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
        told.extend(std::mem::take(&mut self.asked).into_keys().map(|key| AgentEvent::AskClosed { key }));
    }

    fn forget_turn(&mut self) {
        self.busy_told = false;
        self.newest = None;
        self.silent.clear();
        self.open.clear();
        self.changes.clear();
        self.overflow = None;
    }

    fn failed(&mut self, error: &wire::Failure, told: &mut Vec<AgentEvent>) {
        let (kind, sentence) = failure::of(error);
        match self.turn {
            Turn::Over => {}
            // OpenCode may repeat what made the turn before this one fail.
            Turn::Sent { .. } if kind == FailureKind::Aborted || self.is_repeated(error) => {}
            Turn::Taken { .. } if kind == FailureKind::Aborted => {}
            Turn::Taken { .. } => {
                told.push(AgentEvent::Failed { kind, sentence });
                self.turn = Turn::Running;
            }
            Turn::Sent { .. } => {
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

    fn compacted(&mut self) -> AgentEvent {
        self.overflow = None;
        let summary = self.newest.as_ref().map_or("", |(message, _)| message);
        AgentEvent::Part(PartUpdate {
            key: format!("compacted-{summary}"),
            parent: None,
            body: PartBody::Notice { notice: Notice::Information },
            text: Some("The conversation had grown long. The agent goes on with a summary of it.".into()),
            open: false,
            started_at: None,
            ended_at: None,
        })
    }

    fn permission(&mut self, asked: &wire::Permission) -> AgentEvent {
        let change = ask::change(&asked.metadata, &self.checkout);
        if let (Some(change), Some(tool)) = (change, &asked.tool) {
            self.changes.insert(tool.call.clone(), change);
        }
        let ask = ask::permission(asked, &self.checkout);
        self.ask(&asked.id, &asked.session, ask)
    }

    fn questions(&mut self, asked: wire::Questions) -> AgentEvent {
        let (key, session) = (asked.id.clone(), asked.session.clone());
        self.ask(&key, &session, ask::questions(asked))
    }

    fn ask(&mut self, key: &str, session: &str, ask: RequestAsk) -> AgentEvent {
        self.asked.insert(key.to_owned(), session.to_owned());
        AgentEvent::Asked { key: key.to_owned(), ask, from_sub_agent: !self.is_root(session) }
    }
}

fn tasks(todos: &[wire::Todo]) -> Vec<Task> {
    let status = |status: &str| match status {
        "in_progress" => TaskStatus::InProgress,
        "completed" => TaskStatus::Completed,
        "cancelled" => TaskStatus::Cancelled,
        _ => TaskStatus::Pending,
    };
    todos.iter().map(|todo| Task { text: todo.content.clone(), status: status(&todo.status) }).collect()
}

fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
