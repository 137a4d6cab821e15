//! What the fake agent knows, and who listens to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::body::Bytes;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

use super::{VERSION, events};

#[derive(Debug, Default)]
pub(super) struct State {
    known: Mutex<Known>,
    /// Where sessions and messages outlive the process.
    file: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Known {
    sessions: BTreeMap<String, Session>,
    /// Permissions and questions that wait, by id.
    asked: BTreeMap<String, Value>,
    /// Those that a person said no to.
    refused: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) info: Value,
    /// As `GET /session/{id}/message` answers.
    pub(super) messages: Vec<Value>,
    pub(super) busy: bool,
    pub(super) turn: Option<AbortHandle>,
}

impl State {
    /// What an earlier agent knew, where there is a file of it.
    pub(super) fn remembered(file: Option<PathBuf>) -> io::Result<Self> {
        let mut known = Known::default();
        if let Some(text) = file.as_ref().and_then(|file| fs::read_to_string(file).ok()) {
            let sessions: BTreeMap<String, (Value, Vec<Value>)> = serde_json::from_str(&text)?;
            let woken = |(id, (info, messages))| (id, Session { info, messages, ..Session::default() });
            known.sessions = sessions.into_iter().map(woken).collect();
        }
        Ok(Self { known: Mutex::new(known), file })
    }

    /// Whole or not at all, whenever the process ends. Like OpenCode it keeps no text that is still growing.
    fn remember(&self) {
        let Some(file) = &self.file else { return };
        let known = self.lock();
        let sessions: BTreeMap<_, _> =
            known.sessions.iter().map(|(id, session)| (id, (&session.info, &session.messages))).collect();
        let half = file.with_extension("half");
        let text = serde_json::to_vec(&sessions).unwrap_or_default();
        let _ = fs::write(&half, text).and_then(|()| fs::rename(&half, file));
    }

    pub(super) fn create(&self, body: &Value) -> Value {
        let id = events::id("ses");
        let title = body["title"].as_str().map_or_else(|| "New session - 2026".to_owned(), str::to_owned);
        let mut info = json!({"id": id, "title": title, "version": VERSION, "cost": 0, "time": {"created": events::now()}});
        if let Some(parent) = body.get("parentID") {
            info["parentID"] = parent.clone();
        }
        let session = Session { info: info.clone(), ..Session::default() };
        self.lock().sessions.insert(id, session);
        self.remember();
        info
    }

    /// None: there is no such session.
    pub(super) fn session<T>(&self, id: &str, see: impl FnOnce(&mut Session) -> T) -> Option<T> {
        self.lock().sessions.get_mut(id).map(see)
    }

    pub(super) fn children(&self, id: &str) -> Vec<Value> {
        let known = self.lock();
        let children = known.sessions.values().filter(|session| session.info["parentID"] == id);
        children.map(|session| session.info.clone()).collect()
    }

    pub(super) fn busy(&self) -> Value {
        let known = self.lock();
        let busy = known.sessions.iter().filter(|(_, session)| session.busy);
        busy.map(|(id, _)| (id.clone(), json!({"type": "busy"}))).collect()
    }

    /// Adds a message, or what it has become.
    pub(super) fn put_message(&self, session: &str, info: &Value) {
        self.session(session, |session| {
            match session.messages.iter_mut().find(|stored| stored["info"]["id"] == info["id"]) {
                Some(stored) => stored["info"] = info.clone(),
                None => session.messages.push(json!({"info": info, "parts": []})),
            }
        });
        self.remember();
    }

    pub(super) fn put_part(&self, session: &str, part: &Value) {
        self.session(session, |session| {
            let message =
                session.messages.iter_mut().find(|stored| stored["info"]["id"] == part["messageID"]);
            let Some(parts) = message.and_then(|message| message["parts"].as_array_mut()) else { return };
            match parts.iter_mut().find(|stored| stored["id"] == part["id"]) {
                Some(stored) => *stored = part.clone(),
                None => parts.push(part.clone()),
            }
        });
        self.remember();
    }

    pub(super) fn ask(&self, request: Value) {
        let id = request["id"].as_str().unwrap_or_default().to_owned();
        self.lock().asked.insert(id, request);
    }

    /// None: nobody waits for it.
    pub(super) fn answered(&self, id: &str, refused: bool) -> Option<Value> {
        let mut known = self.lock();
        let request = known.asked.remove(id)?;
        if refused {
            known.refused.insert(id.to_owned());
        }
        Some(request)
    }

    pub(super) fn was_refused(&self, id: &str) -> bool {
        self.lock().refused.contains(id)
    }

    /// A turn that was stopped waits for nobody.
    pub(super) fn forget_asked(&self, session: &str) {
        self.lock().asked.retain(|_, request| request["sessionID"] != session);
    }

    /// Those whose id begins so.
    pub(super) fn asked(&self, start: &str) -> Vec<Value> {
        let known = self.lock();
        known
            .asked
            .iter()
            .filter(|(id, _)| id.starts_with(start))
            .map(|(_, request)| request.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Listener = mpsc::Sender<io::Result<Bytes>>;

/// Everybody who listens to the events.
#[derive(Debug, Default)]
pub(super) struct Stream(watch::Sender<Vec<Listener>>);

impl Stream {
    pub(super) fn listen(&self) -> mpsc::Receiver<io::Result<Bytes>> {
        let (sender, receiver) = mpsc::channel(1024);
        let _ = sender.try_send(Ok(line(&events::event("server.connected", json!({})))));
        self.0.send_modify(|listeners| listeners.push(sender));
        receiver
    }

    pub(super) async fn heard(&self) {
        let mut listeners = self.0.subscribe();
        // The sender lives in `self`, so waiting cannot fail.
        let _ = listeners.wait_for(|listeners| listeners.iter().any(|listener| !listener.is_closed())).await;
    }

    pub(super) async fn emit(&self, event: &Value) {
        let listeners = self.0.borrow().clone();
        for listener in &listeners {
            let _ = listener.send(Ok(line(event))).await;
        }
        if listeners.iter().any(Listener::is_closed) {
            self.0.send_modify(|listeners| listeners.retain(|listener| !listener.is_closed()));
        }
    }

    pub(super) async fn cut(&self) {
        for listener in self.0.send_replace(Vec::new()) {
            let _ = listener.send(Err(io::ErrorKind::ConnectionReset.into())).await;
        }
    }

    /// Ends the stream as it should end.
    pub(super) fn end(&self) {
        self.0.send_replace(Vec::new());
    }
}

fn line(event: &Value) -> Bytes {
    format!("data: {event}\n\n").into()
}
