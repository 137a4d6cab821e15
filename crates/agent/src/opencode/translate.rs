//! From OpenCode's events to ours: a pure state machine, no clock and no I/O.
//!
//! One OpenCode serves one conversation. Its *root* session is the conversation; every other session is a sub-agent's,
//! whose parts are reported below the call that started it.
//!
//! Invariant: text is reported as it grows, and whole when it ends; both give the same.
//! Invariant: an `Idle` belongs to the prompt that was sent last. What is left of the turn before it is passed over.

mod parts;
mod reconcile;
mod requests;
mod sub_agents;
mod turn;

pub(super) use reconcile::{Truth, sub_agents_named};

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use slipway_protocol::{Task, TaskStatus, ToolCall};

use self::sub_agents::SubAgents;
use super::{output::Growing, wire};
use crate::AgentEvent;

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
    /// Messages whose parts are no part of an answer.
    silent: BTreeSet<String>,
    sub_agents: SubAgents,
    /// Parts that have not ended.
    open: BTreeMap<String, Open>,
    /// What is waited for, and by which session.
    asked: BTreeMap<String, String>,
    /// The changes that were asked for, by tool call.
    changes: HashMap<String, String>,
    /// The conversation no longer fits; told when the turn ends and nothing mended it.
    overflow: Option<String>,
    last_failure: String,
    /// Why the newest message ended before its time, as the message itself says; told with the end of the turn by whoever did not
    /// hear of it as it happened.
    unheard: Option<wire::Failure>,
    failure_told: bool,
    title: String,
    /// Tokens and US dollars of each session.
    spent: BTreeMap<String, (u64, f64)>,
    context_used: Option<u64>,
    usage_told: Option<AgentEvent>,
}

#[derive(Debug, PartialEq)]
enum Turn {
    Over,
    /// A prompt was sent; its message was not yet heard of.
    Sent(Awaited),
    /// Its message was heard of, and not yet that OpenCode is busy with it.
    Taken {
        message: String,
    },
    Running,
    /// Idle was said before the last updates.
    Unsettled,
}

/// The message that a turn begins with.
#[derive(Debug, PartialEq)]
enum Awaited {
    /// A prompt, under the id it was sent with.
    Prompt(String),
    /// OpenCode's own, under the first id of a person's message after this one.
    Compaction(String),
}

impl Awaited {
    fn is(&self, message: &wire::Message) -> bool {
        match self {
            Self::Prompt(id) => *id == message.id,
            Self::Compaction(after) => message.role == "user" && message.id > *after,
        }
    }
}

/// A part that has not ended, and the session it is of.
#[derive(Debug)]
struct Open {
    session: String,
    /// The call and its output so far; none for prose and reasoning.
    tool: Option<(Box<ToolCall>, Growing)>,
}

impl Open {
    fn words(session: String) -> Self {
        Self { session, tool: None }
    }

    fn tool(session: String, call: ToolCall, output: Growing) -> Self {
        Self { session, tool: Some((Box::new(call), output)) }
    }
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
            sub_agents: SubAgents::default(),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            changes: HashMap::new(),
            overflow: None,
            last_failure: String::new(),
            unheard: None,
            failure_told: false,
            title: String::new(),
            spent: BTreeMap::new(),
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
        self.hush(message);
        if self.is_root(&message.session) {
            self.unheard.clone_from(&message.error);
        }
    }

    fn hush(&mut self, message: &wire::Message) {
        if !message.is_answer() {
            self.silent.insert(message.id.clone());
        }
    }

    pub(super) fn learn_usage(&mut self, session: &wire::Session) {
        self.spent.insert(session.id.clone(), (session.tokens.spent(), session.cost));
        if self.is_root(&session.id) {
            self.title.clone_from(&session.title);
        }
    }

    /// A prompt is about to be sent under this id.
    pub(super) fn expect(&mut self, message: &str) {
        self.turn = Turn::Sent(Awaited::Prompt(message.to_owned()));
        self.forget_turn();
    }

    /// A summary is about to be asked for; what OpenCode makes for it comes after this id.
    pub(super) fn expect_compaction(&mut self, after: &str) {
        self.turn = Turn::Sent(Awaited::Compaction(after.to_owned()));
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
                    && self.is_ours(&session)
                {
                    self.status(&session, &status, &mut told);
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
        matches!(self.turn, Turn::Sent(_) | Turn::Taken { .. })
    }

    fn session(&mut self, session: &wire::Session, told: &mut Vec<AgentEvent>) {
        self.spent.insert(session.id.clone(), (session.tokens.spent(), session.cost));
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
        let tokens = self.spent.values().map(|(tokens, _)| tokens).sum();
        let cost: f64 = self.spent.values().map(|(_, cost)| cost).sum();
        let usage =
            AgentEvent::Usage { context_used, tokens, cost_micros: (cost * 1e6).round().max(0.0) as u64 };
        if self.usage_told.as_ref() != Some(&usage) {
            self.usage_told = Some(usage.clone());
            told.push(usage);
        }
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
