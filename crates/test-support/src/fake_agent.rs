//! The fake agent: speaks the part of OpenCode's HTTP that Slipway uses, with its events under a test's control.
//!
//! It has sessions, messages, permissions and questions, so that what is asked agrees with what was said. Left alone it answers each
//! prompt as the script in it says, as the scripted model would; *held*, it says nothing but what the test [emits](FakeAgent::emit).

pub mod control;
pub mod events;
mod http;
pub mod record;
mod state;
mod turn;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::gates::Gates;
use record::Record;
use state::{State, Stream};

pub const VERSION: &str = "1.18.33";
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A running fake agent; dropping it ends it.
#[derive(Debug)]
pub struct FakeAgent {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// 0 picks a free one.
    pub port: u16,
    /// Demanded of everybody, as `opencode:PASSWORD`.
    pub password: Option<String>,
    /// Prompts are taken and not answered.
    pub held: bool,
    /// The tools `bash` and `question` ask a person first.
    pub asks: bool,
    /// A file through which sessions and messages outlive the agent.
    pub memory: Option<PathBuf>,
    /// Where the start and each call are written down.
    pub record: Option<PathBuf>,
    /// What it was started with, for the record.
    pub configuration: Value,
}

/// The "method" under which a start is recorded; its body is the configuration.
pub const START: &str = "START";

/// A call as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Called {
    pub method: String,
    pub path: String,
    pub body: Value,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    gates: Gates,
    state: State,
    stream: Stream,
    calls: watch::Sender<Vec<Called>>,
    record: Option<Record>,
}

impl FakeAgent {
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
        let address = listener.local_addr()?;
        let state = State::remembered(options.memory.clone())?;
        let record = options.record.as_deref().map(Record::open).transpose()?;
        if let Some(record) = &record {
            let body = options.configuration.clone();
            record.note(&Called { method: START.into(), path: String::new(), body })?;
        }
        let shared = Arc::new(Shared {
            options,
            record,
            gates: Gates::default(),
            state,
            stream: Stream::default(),
            calls: watch::Sender::default(),
        });
        let service = http::router(shared.clone());
        let heart = shared.clone();
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = axum::serve(listener, service) => {}
                () = heart.beat() => {}
            }
        });
        Ok(Self { address, shared, task })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends an event to whoever listens, now. Nobody hears it later. See [`events`] for what there is to say.
    pub async fn emit(&self, event: Value) {
        self.shared.stream.emit(&event).await;
    }

    /// Waits until somebody listens.
    pub async fn heard(&self) {
        self.shared.stream.heard().await;
    }

    /// Breaks the event stream; who listened may come back.
    pub async fn cut(&self) {
        self.shared.stream.cut().await;
    }

    /// A permission (`per_...`) or question (`que_...`) that waits, and the event that says so.
    pub async fn ask(&self, request: Value) {
        self.shared.ask(request).await;
    }

    /// What `GET /session/{id}/message` answers from now on.
    pub fn put_messages(&self, session: &str, messages: Vec<Value>) {
        self.shared.state.session(session, |session| session.messages = messages);
    }

    pub fn put_busy(&self, session: &str, busy: bool) {
        self.shared.state.session(session, |session| session.busy = busy);
    }

    /// Where `/hold NAME` waits.
    pub fn gates(&self) -> &Gates {
        &self.shared.gates
    }

    pub fn calls(&self) -> Vec<Called> {
        self.shared.calls.borrow().clone()
    }

    /// Waits until a call has come for which `wanted` holds.
    pub async fn call(&self, wanted: impl Fn(&Called) -> bool) -> Called {
        let mut calls = self.shared.calls.subscribe();
        loop {
            let found = calls.borrow_and_update().iter().find(|call| wanted(call)).cloned();
            if let Some(found) = found {
                return found;
            }
            // The sender lives in `self`, so waiting cannot fail.
            let _ = calls.changed().await;
        }
    }

    /// Serves until the process ends.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for FakeAgent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn beat(&self) {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            self.stream.emit(&events::event("server.heartbeat", json!({}))).await;
        }
    }

    async fn ask(&self, request: Value) {
        let is_question = request["id"].as_str().is_some_and(|id| id.starts_with("que_"));
        self.state.ask(request.clone());
        let kind = if is_question { "question.asked" } else { "permission.asked" };
        self.stream.emit(&events::event(kind, request)).await;
    }
}
