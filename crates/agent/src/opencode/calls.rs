//! OpenCode's HTTP, as far as it is called: one function for each verb.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway_keeper::wire::{Call, Method, Reply};
use slipway_protocol::{Answer, Mode, ModelRef};
use slipway_sandbox::{Caller, SandboxError};

use super::wire;
use crate::{AgentError, Delivery, GivenFile, Outgoing};

/// Within it everything but a first prompt is answered.
const PATIENCE_MS: u64 = 15_000;
/// The first call for a folder makes OpenCode look around in it.
const FIRST_PATIENCE_MS: u64 = 60_000;
/// A model writes meanwhile.
const SUMMARY_PATIENCE_MS: u64 = 600_000;
/// Messages that are asked for at once. A turn has one for each step.
const PAGE: usize = 100;

#[derive(Clone, Debug)]
pub(super) struct Calls {
    caller: Caller,
    headers: BTreeMap<String, String>,
}

/// What OpenCode answered: a status, and JSON if it was JSON.
struct Answered {
    status: u16,
    json: Option<Value>,
}

impl Calls {
    pub(super) fn new(caller: Caller, checkout: &Path) -> Self {
        Self { caller, headers: directory(checkout) }
    }

    pub(super) async fn create_session(&self, title: &str) -> Result<wire::Session, AgentError> {
        let body = if title.is_empty() { json!({}) } else { json!({ "title": title }) };
        self.call(Method::Post, "/session", Some(body), FIRST_PATIENCE_MS).await?.read()
    }

    /// None: OpenCode does not know it.
    pub(super) async fn session(&self, id: &str) -> Result<Option<wire::Session>, AgentError> {
        let answered = self.call(Method::Get, &format!("/session/{id}"), None, FIRST_PATIENCE_MS).await?;
        if answered.status == 404 { Ok(None) } else { answered.read().map(Some) }
    }

    pub(super) async fn children(&self, id: &str) -> Result<Vec<wire::Session>, AgentError> {
        self.get(&format!("/session/{id}/children")).await
    }

    /// The newest ones, in order.
    pub(super) async fn messages(&self, id: &str) -> Result<Vec<wire::Stored>, AgentError> {
        self.newest_messages(id, PAGE).await
    }

    pub(super) async fn newest_messages(
        &self,
        id: &str,
        count: usize,
    ) -> Result<Vec<wire::Stored>, AgentError> {
        self.get(&format!("/session/{id}/message?limit={count}")).await
    }

    pub(super) async fn has_message(&self, session: &str, message: &str) -> Result<bool, AgentError> {
        let path = format!("/session/{session}/message/{message}");
        let answered = self.call(Method::Get, &path, None, PATIENCE_MS).await?;
        if answered.status == 404 { Ok(false) } else { answered.ok().map(|_| true) }
    }

    /// None: idle.
    pub(super) async fn status(&self, session: &str) -> Result<Option<wire::Status>, AgentError> {
        let mut busy: BTreeMap<String, wire::Status> = self.get("/session/status").await?;
        Ok(busy.remove(session).filter(|status| status.kind != "idle"))
    }

    pub(super) async fn permissions(&self) -> Result<Vec<wire::Permission>, AgentError> {
        self.get("/permission").await
    }

    pub(super) async fn questions(&self) -> Result<Vec<wire::Questions>, AgentError> {
        self.get("/question").await
    }

    pub(super) async fn todos(&self, session: &str) -> Result<Vec<wire::Todo>, AgentError> {
        self.get(&format!("/session/{session}/todo")).await
    }

    /// Makes OpenCode load what the first prompt would wait for.
    pub(super) async fn warm_up(&self) {
        let _ = self.call(Method::Get, "/agent", None, FIRST_PATIENCE_MS).await;
    }

    pub(super) async fn providers(&self) -> Result<Value, AgentError> {
        self.call(Method::Get, "/config/providers", None, FIRST_PATIENCE_MS).await?.read()
    }

    /// Accepted, nothing more: what becomes of it comes as events.
    pub(super) async fn prompt(
        &self,
        session: &str,
        delivery: &Delivery,
        prompt: Outgoing,
    ) -> Result<(), AgentError> {
        let agent = match prompt.mode {
            Mode::Build => "build",
            Mode::Plan => "plan",
        };
        let mut parts = vec![json!({"id": delivery.part, "type": "text", "text": prompt.text})];
        parts.extend(prompt.files.iter().map(file_part));
        // In the person's name, and not shown as theirs.
        parts.extend(prompt.note.map(|note| json!({"type": "text", "text": note, "synthetic": true})));
        let mut body = json!({
            "messageID": delivery.message,
            "agent": agent,
            "parts": parts,
        });
        if let Some(model) = prompt.model {
            body["model"] = json!({"providerID": model.provider, "modelID": model.model});
        }
        let path = format!("/session/{session}/prompt_async");
        self.call(Method::Post, &path, Some(body), FIRST_PATIENCE_MS).await?.ok()?;
        Ok(())
    }

    /// Answered when the summary is written, with yes also where it failed.
    pub(super) async fn summarize(&self, session: &str, model: &ModelRef) -> Result<(), AgentError> {
        let body = json!({"providerID": model.provider, "modelID": model.model});
        let path = format!("/session/{session}/summarize");
        self.call(Method::Post, &path, Some(body), SUMMARY_PATIENCE_MS).await?.ok()?;
        Ok(())
    }

    pub(super) async fn abort(&self, session: &str) -> Result<(), AgentError> {
        let path = format!("/session/{session}/abort");
        self.call(Method::Post, &path, Some(json!({})), PATIENCE_MS).await?.ok()?;
        Ok(())
    }

    /// False: OpenCode no longer waits for it.
    pub(super) async fn answer(&self, key: &str, answer: &Answer) -> Result<bool, AgentError> {
        let reply = |reply: &str| (format!("/permission/{key}/reply"), json!({ "reply": reply }));
        let is_question = key.starts_with("que_");
        let (path, body) = match answer {
            Answer::Choices { choices } if is_question => {
                (format!("/question/{key}/reply"), json!({ "answers": choices }))
            }
            Answer::Deny if is_question => (format!("/question/{key}/reject"), json!({})),
            Answer::AllowOnce if !is_question => reply("once"),
            Answer::AlwaysAllow if !is_question => reply("always"),
            Answer::Deny => reply("reject"),
            _ => return Err(AgentError::Refused("This answer does not fit what was asked.".into())),
        };
        let answered = self.call(Method::Post, &path, Some(body), PATIENCE_MS).await?;
        if answered.status == 404 { Ok(false) } else { answered.ok().map(|_| true) }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, AgentError> {
        self.call(Method::Get, path, None, PATIENCE_MS).await?.read()
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        timeout_ms: u64,
    ) -> Result<Answered, AgentError> {
        let call = Call { method, path: path.into(), headers: self.headers.clone(), body, timeout_ms };
        match self.caller.call(call).await.map_err(sandbox_error)? {
            Reply::Answered { status, json } => Ok(Answered { status, json }),
            Reply::Unreachable { sentence } => Err(AgentError::Unreachable(sentence)),
        }
    }
}

impl Answered {
    /// The answer's JSON, if it is a yes; nothing where there is none.
    fn ok(self) -> Result<Option<Value>, AgentError> {
        if (200..300).contains(&self.status) {
            return Ok(self.json);
        }
        let json = self.json.unwrap_or_default();
        let why = json["data"]["message"].as_str().or(json["message"].as_str()).unwrap_or("no reason given");
        Err(AgentError::Refused(format!("The agent answered {}: {why}.", self.status)))
    }

    fn read<T: DeserializeOwned>(self) -> Result<T, AgentError> {
        let json = self.ok()?.unwrap_or_default();
        // For an address it does not know OpenCode answers 200 with a web page.
        serde_json::from_value(json).map_err(|error| {
            AgentError::Unreachable(format!("The agent's answer was not understood ({error})."))
        })
    }
}

/// A file travels inside the prompt: the agent's own folders hold nothing of it.
fn file_part(file: &GivenFile) -> Value {
    let url = format!("data:{};base64,{}", file.mime, BASE64_STANDARD.encode(&file.content));
    json!({"type": "file", "mime": file.mime, "filename": file.name, "url": url})
}

/// OpenCode serves many folders; this says which one is meant.
pub(super) fn directory(checkout: &Path) -> BTreeMap<String, String> {
    BTreeMap::from([("x-opencode-directory".into(), checkout.to_string_lossy().into_owned())])
}

pub(super) fn sandbox_error(error: SandboxError) -> AgentError {
    let sentence = error.to_string();
    match error {
        SandboxError::NoKeeperProgram { .. } => AgentError::NotInstalled(sentence),
        SandboxError::Refused { .. } => AgentError::Refused(sentence),
        _ => AgentError::Unreachable(sentence),
    }
}
