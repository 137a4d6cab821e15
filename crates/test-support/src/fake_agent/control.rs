//! The reins of a fake agent that runs as a program of its own: HTTP on a socket in the test's own folder, whose
//! name nobody else can take.
//!
//! An agent under a keeper gets no environment but the one that Slipway makes. [`wrapper`] writes a program that adds to it.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::{self, State},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

use super::{Called, FakeAgent};

/// The socket at which the program `fake-agent` is controlled.
pub const SOCKET: &str = "FAKE_AGENT_CONTROL";
/// Set: the program takes prompts and does not answer them.
pub const HELD: &str = "FAKE_AGENT_HELD";
/// Set: the tools `bash` and `question` ask a person first.
pub const ASKS: &str = "FAKE_AGENT_ASKS";
/// Set: sessions and messages are kept in the data folder that the agent is given, and known again.
pub const REMEMBERS: &str = "FAKE_AGENT_REMEMBERS";
/// The file in which each call is written down; several agents may share it.
pub const RECORD: &str = "FAKE_AGENT_RECORD";

/// Takes the socket, also from another agent that had it before.
pub fn listen(socket: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(socket),
    }
}

/// Lets others control this agent.
pub async fn serve(agent: Arc<FakeAgent>, listener: UnixListener) -> io::Result<()> {
    type App = State<Arc<FakeAgent>>;
    let router = Router::new()
        .route("/emit", post(async |State(agent): App, Json(event): Json<Value>| agent.emit(event).await))
        .route("/ask", post(async |State(agent): App, Json(request): Json<Value>| agent.ask(request).await))
        .route("/cut", post(async |State(agent): App| agent.cut().await))
        .route("/calls", get(async |State(agent): App| Json(agent.calls())))
        .route("/gates", get(async |State(agent): App| Json(agent.gates().waiting())))
        .route(
            "/gates/{name}",
            post(async |State(agent): App, extract::Path(name): extract::Path<String>| {
                agent.gates().open(&name);
            }),
        )
        .route(
            "/gates/{name}/held",
            get(async |State(agent): App, extract::Path(name): extract::Path<String>| {
                agent.gates().held(&name).await;
            }),
        )
        .with_state(agent);
    axum::serve(listener, router).await
}

/// The other end of it.
#[derive(Clone, Debug)]
pub struct Control(PathBuf);

impl Control {
    /// Of the agents that are started from this folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self(folder.join("reins"))
    }

    /// The variable that tells a fake agent of it.
    pub fn variable(&self) -> (&'static str, &str) {
        (SOCKET, self.0.to_str().expect("a test's folder has a plain name"))
    }

    pub async fn emit(&self, event: &Value) -> io::Result<()> {
        self.request("POST", "/emit", &event.to_string()).await.map(drop)
    }

    pub async fn ask(&self, request: &Value) -> io::Result<()> {
        self.request("POST", "/ask", &request.to_string()).await.map(drop)
    }

    pub async fn cut(&self) -> io::Result<()> {
        self.request("POST", "/cut", "").await.map(drop)
    }

    pub async fn open_gate(&self, name: &str) -> io::Result<()> {
        self.request("POST", &format!("/gates/{name}"), "").await.map(drop)
    }

    /// Returns once a script waits at the gate.
    pub async fn held(&self, name: &str) -> io::Result<()> {
        self.request("GET", &format!("/gates/{name}/held"), "").await.map(drop)
    }

    pub async fn calls(&self) -> io::Result<Vec<Called>> {
        serde_json::from_str(&self.request("GET", "/calls", "").await?).map_err(io::Error::other)
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(&self.0).await?;
        let head = format!(
            "{method} {path} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let is_ok = head.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        if is_ok { Ok(body.to_owned()) } else { Err(io::Error::other(format!("{method} {path}: {head}"))) }
    }
}

/// Writes a program that starts `program` with these variables besides, and returns its path.
pub fn wrapper(folder: &Path, program: &Path, variables: &[(&str, &str)]) -> io::Result<PathBuf> {
    let path = folder.join("fake-agent.sh");
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    fs::write(&path, format!("#!/bin/sh\n{}exec '{}' \"$@\"\n", variables.concat(), program.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}
