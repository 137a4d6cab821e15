//! An agent without Slipway: started bare, prompted over HTTP, its events read directly. What it takes, Slipway cannot take
//! back.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::stage::{Agent, Served, Stage, free_port};
use crate::{command::program, opencode};

pub(super) struct Bare {
    _server: Served,
    http: reqwest::Client,
    address: String,
    session: String,
    /// Bytes of events that have come.
    pub(super) bytes: usize,
}

impl Bare {
    /// In the folder of a repository.
    pub(super) async fn start(stage: &Stage, agent: Agent, folder: &Path) -> Result<Self> {
        let server = Served::start(&mut Self::command(stage, agent, folder)?)?;
        let http =
            reqwest::Client::builder().tcp_nodelay(true).connect_timeout(Duration::from_secs(5)).build()?;
        let address = server.address.clone();
        let made = http.post(format!("{address}/session")).json(&json!({ "title": "bench" })).send().await?;
        let made: Value = made.error_for_status()?.json().await?;
        let session = made.get("id").and_then(Value::as_str).context("no session")?.to_owned();
        Ok(Self { _server: server, http, address, session, bytes: 0 })
    }

    /// The next one starts in a home where nothing is yet. The one before is put aside: see [`Stage`] for why it is not removed.
    pub(super) fn forget(stage: &Stage) -> Result<()> {
        let mut aside = (1..).map(|number| stage.folder.join(format!("forgotten-home-{number}")));
        let aside = aside.find(|path| !path.exists()).context("there is no name left")?;
        match std::fs::rename(Self::home(stage), aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn home(stage: &Stage) -> PathBuf {
        stage.folder.join("bare-home")
    }

    fn command(stage: &Stage, agent: Agent, folder: &Path) -> Result<Command> {
        let home = Self::home(stage);
        std::fs::create_dir_all(&home)?;
        let config = json!({
            "autoupdate": false, "share": "disabled", "enabled_providers": ["scripted"],
            "model": "scripted/fake-1", "small_model": "scripted/fake-1", "permission": "allow",
            "provider": { "scripted": {
                "npm": "@ai-sdk/openai-compatible", "name": "Scripted",
                "options": { "baseURL": stage.model.address, "apiKey": "sk-test" },
                "models": { "fake-1": { "name": "Fake One", "limit": { "context": 128_000, "output": 8192 }, "tool_call": true } },
            } },
        });
        let mut command = program(agent.program()?);
        command.args(["serve", "--hostname", "127.0.0.1", "--port", &free_port()?.to_string()]);
        command.current_dir(folder).env_clear();
        command.env("PATH", opencode::path_with_ripgrep()?).env("HOME", &home).env("TMPDIR", &home);
        command.env("OPENCODE_CONFIG_CONTENT", config.to_string());
        for switch in
            ["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE", "PROJECT_CONFIG"]
        {
            command.env(format!("OPENCODE_DISABLE_{switch}"), "1");
        }
        Ok(command)
    }

    /// The session's page in OpenCode's own interface: the folder as unpadded base64 of the URL alphabet, then the session.
    pub(super) fn page(&self, folder: &Path) -> String {
        let folder = BASE64_URL_SAFE_NO_PAD.encode(folder.as_os_str().as_encoded_bytes());
        format!("{}/{folder}/session/{}", self.address, self.session)
    }

    /// Sends a prompt and hands each piece of the answer to `heard` as it comes, until the turn has ended.
    pub(super) async fn prompt(&mut self, text: &str, mut heard: impl FnMut(&str)) -> Result<()> {
        let mut events = self.http.get(format!("{}/event", self.address)).send().await?.bytes_stream();
        let body = json!({
            "model": { "providerID": "scripted", "modelID": "fake-1" },
            "parts": [{ "type": "text", "text": text }],
        });
        let address = format!("{}/session/{}/prompt_async", self.address, self.session);
        self.http.post(address).json(&body).send().await?.error_for_status()?;
        let mut buffer = Vec::new();
        loop {
            let bytes = tokio::time::timeout(Duration::from_mins(1), events.next()).await?;
            let bytes = bytes.context("the events ended")??;
            self.bytes += bytes.len();
            buffer.extend_from_slice(&bytes);
            while let Some(end) = buffer.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let Some(data) = line.strip_prefix(b"data: ") else { continue };
                let event: Value = serde_json::from_slice(data)?;
                match event.get("type").and_then(Value::as_str) {
                    Some("message.part.delta")
                        if event.pointer("/properties/field") == Some(&json!("text")) =>
                    {
                        heard(event.pointer("/properties/delta").and_then(Value::as_str).unwrap_or_default());
                    }
                    Some("session.idle") => return Ok(()),
                    _ => {}
                }
            }
        }
    }
}
