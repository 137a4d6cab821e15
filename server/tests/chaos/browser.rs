//! A person's browser: calls that are made again, under the same id, until they are answered.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::{Client, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use slipway_protocol::{CommandOutcome, ErrorKind, NewSession, RepositoryId, SessionId, SubmittedCommand};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::patience::Patience;

/// One try of a call; a frozen server answers later than this.
const CALL: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(150);

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a command or a creation ended, as far as a browser can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Applied,
    Refused(String),
    /// There is no such session.
    Gone,
}

#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    cookie: String,
    client: Client,
}

#[derive(Deserialize)]
struct Problem {
    kind: ErrorKind,
    sentence: String,
}

impl Browser {
    /// Signs in as the local person.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        // Whoever comes second finds it done.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(CALL).build()?;
        let mut browser = Self { address, cookie: String::new(), client };
        let patience = Patience::new("signing in");
        loop {
            if let Ok(answer) = browser.post("/auth/local", String::new()).await
                && let Some(set) = answer.headers().get(header::SET_COOKIE)
            {
                set.to_str()?.split(';').next().unwrap_or_default().clone_into(&mut browser.cookie);
                return Ok(browser);
            }
            patience.pause(AGAIN).await?;
        }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn post(&self, path: &str, body: String) -> reqwest::Result<reqwest::Response> {
        let kind = if body.is_empty() { "application/x-www-form-urlencoded" } else { "application/json" };
        let request = self.client.post(format!("{}{path}", self.origin())).body(body);
        let request = request.header(header::CONTENT_TYPE, kind).header(header::ACCEPT, "application/json");
        request.header(header::ORIGIN, self.origin()).header(header::COOKIE, &self.cookie).send().await
    }

    /// Until it is answered: whatever breaks on the way, the same is asked again.
    async fn call<T: DeserializeOwned>(
        &self,
        function: &str,
        arguments: &Value,
    ) -> Result<Result<T, Problem>> {
        let patience = Patience::new(function);
        let mut failures = 0;
        loop {
            let Ok(answer) = self.post(&format!("/api/{function}"), arguments.to_string()).await else {
                patience.pause(AGAIN).await?;
                continue;
            };
            let status = answer.status();
            let Ok(text) = answer.text().await else { continue };
            if status == StatusCode::OK {
                return Ok(Ok(serde_json::from_str(&text).with_context(|| format!("{function}: {text}"))?));
            }
            let problem: Problem =
                serde_json::from_str(&text).with_context(|| format!("{function}: {status} {text}"))?;
            match problem.kind {
                ErrorKind::Busy | ErrorKind::Internal | ErrorKind::Upstream => {
                    failures += 1;
                    ensure!(failures < 400, "{function} fails again and again: {}", problem.sentence);
                    patience.pause(AGAIN).await?;
                }
                _ => return Ok(Err(problem)),
            }
        }
    }

    /// The repositories are known once the server is well.
    pub(crate) async fn repository(&self) -> Result<RepositoryId> {
        let page: Value = match self.call("start/page", &json!({ "repository": null })).await? {
            Ok(page) => page,
            Err(problem) => bail!("no page to start from: {}", problem.sentence),
        };
        Ok(serde_json::from_value(page["repository"].clone())?)
    }

    pub(crate) async fn create(&self, new: &NewSession) -> Result<Answered> {
        let made = self.call::<SessionId>("start/create", &json!({ "new": new })).await?;
        answered(made.map(|_| CommandOutcome::Applied))
    }

    pub(crate) async fn submit(&self, session: &SessionId, command: &SubmittedCommand) -> Result<Answered> {
        let arguments = json!({ "session": session, "command": command });
        answered(self.call("sessions/submit", &arguments).await?)
    }

    /// A socket on the session, or nothing where it breaks or is refused for now.
    pub(crate) async fn look(&self, session: &SessionId) -> Option<Socket> {
        let mut request =
            format!("ws://{}/sessions/{session}/live", self.address).into_client_request().ok()?;
        let headers = request.headers_mut();
        headers.insert("origin", self.origin().parse().ok()?);
        headers.insert("cookie", self.cookie.parse().ok()?);
        let opening = tokio::time::timeout(CALL, connect_async(request)).await.ok()?;
        opening.ok().map(|(socket, _)| socket)
    }
}

fn answered(answer: Result<CommandOutcome, Problem>) -> Result<Answered> {
    match answer {
        Ok(CommandOutcome::Applied) => Ok(Answered::Applied),
        Ok(CommandOutcome::Refused { sentence }) => Ok(Answered::Refused(sentence)),
        Err(Problem { kind: ErrorKind::NotFound, .. }) => Ok(Answered::Gone),
        Err(Problem { kind, sentence }) => bail!("answered {kind:?}: {sentence}"),
    }
}

/// The text of a message, if it is one.
pub(crate) fn text(message: Message) -> Option<String> {
    match message {
        Message::Text(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}
