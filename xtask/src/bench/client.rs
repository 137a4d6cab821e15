//! A person without a browser: signs in, creates a session, sends, and reads the session's WebSocket.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite};
use tungstenite::{Message, client::IntoClientRequest as _};

/// How long anything may take before the measurement is given up.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Person {
    http: reqwest::Client,
    origin: String,
    cookie: String,
    sent: u32,
}

pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

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
        Ok(Self { http, origin: origin.to_owned(), cookie, sent: 0 })
    }

    /// Calls a server function.
    async fn call(&self, function: &str, body: Value) -> Result<Value> {
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

    pub(super) async fn create(&self, message: &str) -> Result<String> {
        let id = format!("bench{}", std::process::id());
        let new = json!({
            "id": id, "repository": "local/demo", "base_branch": "main", "mode": "build", "model": null,
            "prompt": format!("{id}-first"), "message": message,
        });
        self.call("start/create", json!({ "new": new })).await?;
        Ok(id)
    }

    pub(super) async fn send(&mut self, session: &str, text: &str) -> Result<()> {
        self.sent += 1;
        let prompt = format!("{session}-p{}", self.sent);
        let command =
            json!({ "command": "prompt", "prompt": prompt, "text": text, "mode": null, "model": null });
        let body = json!({ "session": session, "command": { "id": format!("{session}-c{}", self.sent), "command": command } });
        self.call("sessions/submit", body).await?;
        Ok(())
    }

    /// Follows the session from nothing.
    pub(super) async fn follow(&self, session: &str) -> Result<Socket> {
        let address = format!("{}/sessions/{session}/live", self.origin.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("origin", self.origin.parse()?);
        request.headers_mut().insert("cookie", self.cookie.parse()?);
        let (mut socket, _) = connect_async(request).await.context("could not follow the session")?;
        socket.send(Message::text(json!({ "cursor": null, "open": [] }).to_string())).await?;
        Ok(Socket(socket))
    }
}

impl Socket {
    /// The next frame.
    pub(super) async fn next(&mut self) -> Result<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.context("no frame came")?;
            match message.context("the socket was closed")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(reason) => bail!("the socket was closed: {reason:?}"),
                _ => {}
            }
        }
    }

    /// Reads until the session is idle.
    pub(super) async fn idle(&mut self) -> Result<()> {
        while phase(&self.next().await?) != Some("idle") {}
        Ok(())
    }
}

/// The phase that a frame speaks of.
pub(super) fn phase(frame: &Value) -> Option<&str> {
    let head = match frame.get("frame")?.as_str()? {
        "snapshot" => frame.pointer("/view/head")?,
        "change" if frame.pointer("/body/change")? == "head" => frame.pointer("/body")?,
        _ => return None,
    };
    head.get("phase")?.as_str()
}
