//! HTTP to the agent on its loopback port. Each request has a connection of its own, so that none can meet one that the
//! agent is just closing.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use slipway_keeper::wire::{Call, Method, Reply};
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};

use crate::door::Door;

/// The longest answer that is read.
const LONGEST_ANSWER: usize = 24 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct AgentHttp {
    port: Arc<AtomicU16>,
    /// None: the agent is on this side of any walls.
    door: Arc<Mutex<Option<Arc<Door>>>>,
    authorization: String,
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

impl AgentHttp {
    pub(crate) fn new(port: u16, user: &str, password: &str) -> Self {
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        Self { port: Arc::new(port.into()), door: Arc::default(), authorization }
    }

    /// The agent is behind walls, and this is the way to it.
    pub(crate) fn enter_by(&self, door: Arc<Door>) {
        *self.door.lock().unwrap_or_else(PoisonError::into_inner) = Some(door);
    }

    /// The agent had to be given another port.
    pub(crate) fn move_to(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    pub(crate) async fn call(&self, call: &Call) -> Reply {
        let limit = Duration::from_millis(call.timeout_ms);
        let answer = self.answer(method(call.method), &call.path, &call.headers, call.body.as_ref());
        match timeout(limit, answer).await {
            Ok(Ok((status, json))) => Reply::Answered { status: status.as_u16(), json },
            Ok(Err(trouble)) => {
                Reply::Unreachable { sentence: format!("The agent did not answer: {trouble}.") }
            }
            Err(_) => Reply::Unreachable {
                sentence: format!("The agent did not answer within {} ms.", call.timeout_ms),
            },
        }
    }

    /// The JSON that `GET path` gives; none when it gives anything else.
    pub(crate) async fn get(&self, path: &str, limit: Duration) -> Option<Value> {
        match timeout(limit, self.answer(hyper::Method::GET, path, &BTreeMap::new(), None)).await {
            Ok(Ok((StatusCode::OK, json))) => json,
            _ => None,
        }
    }

    /// Asks for something that ends when the agent wants.
    pub(crate) async fn stream(
        &self,
        path: &str,
        headers: &BTreeMap<String, String>,
    ) -> Result<Answer, Trouble> {
        self.send(hyper::Method::GET, path, headers, None).await
    }

    async fn answer(
        &self,
        method: hyper::Method,
        path: &str,
        headers: &BTreeMap<String, String>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Option<Value>), Trouble> {
        let mut answer = self.send(method, path, headers, body).await?;
        let body = Limited::new(&mut answer.body, LONGEST_ANSWER).collect().await?.to_bytes();
        let json = if answer.is("application/json") { serde_json::from_slice(&body).ok() } else { None };
        Ok((answer.status, json))
    }

    async fn send(
        &self,
        method: hyper::Method,
        path: &str,
        headers: &BTreeMap<String, String>,
        body: Option<&Value>,
    ) -> Result<Answer, Trouble> {
        let port = self.port.load(Ordering::Relaxed);
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, format!("127.0.0.1:{port}"))
            .header(AUTHORIZATION, &self.authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map(serde_json::to_vec).transpose()?.unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body)))?;

        let door = self.door.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stream = match door {
            Some(door) => door.connect(port).await?,
            None => TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?,
        };
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = Connection(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let response = sender.send_request(request).await?;
        let (head, body) = response.into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Ok(Answer {
            status: head.status,
            content_type: content_type.unwrap_or_default().to_ascii_lowercase(),
            body,
            _connection: connection,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    content_type: String,
    pub(crate) body: Incoming,
    _connection: Connection,
}

impl Answer {
    pub(crate) fn is(&self, content_type: &str) -> bool {
        self.content_type.split(';').next().is_some_and(|found| found.trim() == content_type)
    }
}

/// Closes the connection when nobody waits for its answer any more.
#[derive(Debug)]
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn method(method: Method) -> hyper::Method {
    match method {
        Method::Get => hyper::Method::GET,
        Method::Post => hyper::Method::POST,
        Method::Patch => hyper::Method::PATCH,
        Method::Delete => hyper::Method::DELETE,
    }
}
