//! A person without a browser: signs in, creates sessions, sends, asks for pages.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::socket::Socket;

/// How long anything may take before the measurement is given up.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

pub(super) struct Person {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

/// Sessions and commands so far, whoever made them: their ids. One store may see several people, one after the other.
static MADE: AtomicU32 = AtomicU32::new(0);

impl Person {
    pub(super) async fn sign_in(origin: &str) -> Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .timeout(PATIENCE)
            .build()?;
        let answer = http.post(format!("{origin}/auth/local")).header("origin", origin).send().await?;
        let cookie = answer.headers().get("set-cookie").context("signing in gave no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { http, origin: origin.to_owned(), cookie })
    }

    /// What a browser of theirs would hold: `name=value`.
    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Calls a server function.
    pub(super) async fn call(&self, function: &str, body: Value) -> Result<Value> {
        let answer = self
            .http
            .post(format!("{}/api/{function}", self.origin))
            .header("origin", &self.origin)
            .header("cookie", &self.cookie)
            .header("accept", "application/json")
            .json(&body)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{function} answered {status}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{function} answered {text}"))
    }

    /// A session of this repository, with its first message.
    pub(super) async fn create(&self, repository: &str, message: &str) -> Result<String> {
        let id = format!("bench{}x{}", std::process::id(), number());
        let new = json!({
            "id": id, "repository": format!("local/{repository}"), "base_branch": "main", "mode": "build",
            "model": null, "prompt": format!("{id}-first"), "message": message,
        });
        self.call("start/create", json!({ "new": new })).await?;
        Ok(id)
    }

    pub(super) async fn send(&self, session: &str, text: &str) -> Result<()> {
        let prompt = format!("{session}-p{}", number());
        let command =
            json!({ "command": "prompt", "prompt": prompt, "text": text, "mode": null, "model": null });
        self.submit(session, command).await
    }

    pub(super) async fn submit(&self, session: &str, command: Value) -> Result<()> {
        let id = format!("{session}-c{}", number());
        let body = json!({ "session": session, "command": { "id": id, "command": command } });
        self.call("sessions/submit", body).await.map(drop)
    }

    /// A page as a browser gets it first; returns its bytes.
    pub(super) async fn page(&self, path: &str) -> Result<usize> {
        let request = self.http.get(format!("{}{path}", self.origin));
        let answer = request.header("cookie", &self.cookie).header("accept", "text/html").send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?.len();
        if !status.is_success() {
            bail!("{path} answered {status}");
        }
        Ok(bytes)
    }

    /// Milliseconds that a page takes, to its last byte.
    pub(super) async fn time_of_page(&self, path: &str) -> Result<f64> {
        let begun = Instant::now();
        self.page(path).await?;
        Ok(begun.elapsed().as_secs_f64() * 1000.0)
    }

    /// Milliseconds that a server function takes, to its last byte.
    pub(super) async fn time_of_call(&self, function: &str, body: Value) -> Result<f64> {
        let begun = Instant::now();
        self.call(function, body).await?;
        Ok(begun.elapsed().as_secs_f64() * 1000.0)
    }

    /// Follows the session from nothing.
    pub(super) async fn follow(&self, session: &str) -> Result<Socket> {
        self.follow_from(session, json!({ "cursor": null, "open": [] })).await
    }

    /// What a page of the session holds once it has come: a browser follows from there.
    pub(super) async fn held(&self, session: &str) -> Result<Value> {
        let view = self.call("sessions/get", json!({ "session": session, "at": null })).await?;
        Ok(json!({ "cursor": view.get("cursor"), "open": [] }))
    }

    /// Follows it from what is held already.
    pub(super) async fn follow_from(&self, session: &str, join: Value) -> Result<Socket> {
        let address = format!("{}/sessions/{session}/live", self.origin.replacen("http", "ws", 1));
        Socket::open(&address, &self.origin, &self.cookie, &join).await
    }
}

fn number() -> u32 {
    MADE.fetch_add(1, Ordering::Relaxed)
}
