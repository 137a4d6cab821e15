//! The scripted model: an OpenAI-compatible server whose answers stand in the prompt.
//!
//! It keeps no conversation. Which step of a script is due follows from the request itself: as many assistant messages as
//! stand behind the prompt, so many steps were taken. Only mishaps that end after some attempts are counted.

mod answer;
mod conversation;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    gates::Gates,
    script::{self, Act, Mishap},
};
use conversation::{Due, due};

/// The key it accepts unless told otherwise.
pub const KEY: &str = "sk-test";

/// A running scripted model; dropping it ends it.
#[derive(Debug)]
pub struct ScriptedModel {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug, Serialize)]
pub struct Received {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
}

#[derive(Debug)]
struct Shared {
    key: String,
    gates: Gates,
    requests: watch::Sender<Vec<Received>>,
    /// How often each step was asked for, for mishaps that end.
    attempts: Mutex<HashMap<String, u32>>,
}

impl ScriptedModel {
    /// Starts on a free port of 127.0.0.1 and accepts [`KEY`].
    pub async fn start() -> std::io::Result<Self> {
        Self::start_on(0, KEY).await
    }

    pub async fn start_on(port: u16, key: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            key: key.into(),
            gates: Gates::default(),
            requests: watch::Sender::default(),
            attempts: Mutex::default(),
        });
        let service = router(shared.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { address, shared, task })
    }

    /// Where OpenAI-compatible clients find it: `http://127.0.0.1:PORT/v1`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where `/hold NAME` waits.
    pub fn gates(&self) -> &Gates {
        &self.shared.gates
    }

    /// Everything received so far.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.requests.borrow().clone()
    }

    /// Waits until a request has come for which `wanted` holds.
    pub async fn request(&self, wanted: impl Fn(&Received) -> bool) -> Received {
        let mut requests = self.shared.requests.subscribe();
        loop {
            let found = requests.borrow_and_update().iter().find(|request| wanted(request)).cloned();
            if let Some(found) = found {
                return found;
            }
            // The sender lives in `self`, so waiting cannot fail.
            let _ = requests.changed().await;
        }
    }

    /// Serves until the process ends.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/gates", get(async |State(shared): State<Arc<Shared>>| Json(shared.gates.waiting())))
        .route("/gates/{name}", post(open_gate).delete(close_gate))
        .route(
            "/requests",
            get(async |State(shared): State<Arc<Shared>>| Json(shared.requests.borrow().clone())),
        )
        .route("/requests", delete(forget_requests))
        .fallback(model)
        .layer(axum::extract::DefaultBodyLimit::max(64 * 1024 * 1024))
        .with_state(shared)
}

async fn open_gate(State(shared): State<Arc<Shared>>, Path(name): Path<String>) {
    shared.gates.open(&name);
}

async fn close_gate(State(shared): State<Arc<Shared>>, Path(name): Path<String>) {
    shared.gates.close(&name);
}

async fn forget_requests(State(shared): State<Arc<Shared>>) {
    shared.requests.send_modify(Vec::clear);
}

/// Everything a model's client may ask; recorded before it is answered, so that any path and key can be looked at.
async fn model(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let received = Received {
        path: uri.path().to_owned(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.clone(),
    };
    let session = received.headers.get("x-session-id").cloned().unwrap_or_default();
    let bearer = received.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let allowed = bearer == Some(&shared.key);
    shared.requests.send_modify(|requests| requests.push(received.clone()));
    if !allowed {
        return failure(401, None, "Incorrect API key provided.");
    }
    if uri.path().ends_with("/models") {
        return Json(json!({"object": "list", "data": [{"id": "fake-1", "object": "model"}]}))
            .into_response();
    }
    if !uri.path().ends_with("/chat/completions") {
        return failure(404, None, &format!("The scripted model has no {}.", uri.path()));
    }
    chat(&shared, &session, &body).await
}

async fn chat(shared: &Arc<Shared>, session: &str, body: &Value) -> Response {
    let due = due(body);
    let (step, mishap) = match due {
        Due::Title(title) => (script::say(title), None),
        Due::Text(text) => (script::say(text), None),
        Due::Step { step, key } => {
            let attempt = shared.count_attempt(format!("{session} {key}"));
            let mishap = mishap_of(&step, attempt);
            (step, mishap)
        }
    };
    if let Some((_, Mishap::Fail { status, retry_after, message })) = &mishap {
        for act in &step {
            match act {
                Act::Wait(time) => tokio::time::sleep(*time).await,
                Act::Hold(gate) => shared.gates.pass(gate).await,
                _ => {}
            }
        }
        let message = message.clone().unwrap_or_else(|| format!("Scripted failure {status}"));
        return failure(*status, *retry_after, &message);
    }
    let cut_at = mishap.map(|(at, _)| at);
    answer::stream(shared.gates.clone(), step, cut_at, body)
}

impl Shared {
    /// How often this step was asked for before.
    fn count_attempt(&self, key: String) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = attempts.entry(key).or_default();
        *count += 1;
        *count - 1
    }
}

/// The mishap that befalls this attempt, and where it stands: the mishaps of a step use up its attempts in order.
fn mishap_of(step: &[Act], mut attempt: u32) -> Option<(usize, Mishap)> {
    for (at, act) in step.iter().enumerate() {
        let Act::Mishap { what, times } = act else { continue };
        match times {
            Some(times) if attempt >= *times => attempt -= times,
            _ => return Some((at, what.clone())),
        }
    }
    None
}

fn failure(status: u16, retry_after: Option<u64>, message: &str) -> Response {
    let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response =
        (code, Json(json!({"error": {"message": message, "type": kind, "code": null}}))).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    #[test]
    fn mishaps_use_up_attempts_in_order() {
        let script = Script::parse("/fail 500 times 1\n/say a\n/cut times 2\n/say b").unwrap();
        let befalls = |attempt| mishap_of(&script.steps[0], attempt).map(|(at, _)| at);
        assert_eq!([befalls(0), befalls(1), befalls(2), befalls(3)], [Some(0), Some(2), Some(2), None]);
    }
}
