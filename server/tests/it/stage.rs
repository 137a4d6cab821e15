//! A server of a test's own, and somebody who visits it.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use futures::{SinkExt, StreamExt};
use reqwest::{Method, Response, header};
use serde_json::{Value, json};
use slipway_agent::Permissions;
use slipway_engine::{DailyLimits, OnExit};
use slipway_sandbox::Egress;
use slipway_server::{
    Config, bind,
    cli::Sandbox,
    config::{Agents, Archive, Data, Limits, Origin, Proxies, Sessions, Walls, Web},
    serve,
};
use slipway_test_support::programs::{built, keeper};
use tempfile::TempDir;
use tokio::{net::TcpStream, sync::oneshot, task::JoinHandle, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::frame::coding::CloseCode},
};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    config: Config,
    stop: Option<oneshot::Sender<OnExit>>,
    serving: JoinHandle<Result<(), slipway_server::Unusable>>,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Without OpenCode: these stories are about the server.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("pkg/app.js"), "// the program").unwrap();
        let mut config = Config {
            web: Web { bind: "127.0.0.1:0".parse().unwrap(), public_url: None, local: true },
            data: Data {
                folder: folder.path().join("data"),
                database_url: format!("sqlite://{}", folder.path().join("data/slipway.db").display()),
                runtime: folder.path().join("run"),
            },
            agents: Agents {
                opencode: None,
                keeper: Some(built(keeper())),
                providers: Vec::new(),
                default_model: Some(slipway_protocol::ModelRef::parse("scripted/fake-1").unwrap()),
                permissions: Permissions::Ask,
                max_agents: 2,
                idle_stop: Duration::from_mins(10),
            },
            walls: Walls { kind: Sandbox::Auto, paths: Vec::new(), egress: Egress::default() },
            archive: Archive {
                folder: folder.path().join("data/archive"),
                after: Duration::from_hours(14 * 24),
            },
            // Tests ask faster than any person.
            limits: Limits {
                requests_per_minute: 1_000_000,
                sign_ins_per_minute: 1_000_000,
                sockets_per_person: 1000,
            },
            sessions: Sessions {
                most: slipway_sandbox::Most { memory: 4 << 30, processes: 512, processors: None },
                disk: 20 << 30,
                files: 1_000_000,
                reserve: None,
                turn: Duration::from_hours(4),
                awake_per_person: 5,
                sessions_per_person: 500,
                daily: DailyLimits::default(),
            },
            proxies: Proxies::default(),
            audit_keep: Duration::from_hours(180 * 24),
            github: None,
            github_at: slipway_github::Addresses {
                web: "https://github.com".into(),
                api: "https://api.github.com".into(),
                git: "https://github.com".into(),
            },
            owners: Vec::new(),
            access: slipway_engine::AccessTimes::default(),
            secret_key: None,
            repositories: None,
            site: Some(site),
            on_exit: None,
        };
        change(&mut config);
        Self::serve(config, folder).await
    }

    async fn serve(config: Config, folder: TempDir) -> Self {
        let listener = bind(&config).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let settings = config.clone();
        let serving = tokio::spawn(async move {
            serve(listener, &settings, async { stopped.await.unwrap_or(OnExit::Stop) }).await
        });
        Self { address, config, stop: Some(stop), serving, folder }
    }

    /// Ends the server as SIGTERM does, and starts it again with the same data and public address.
    pub(crate) async fn restart(mut self) -> Self {
        self.config.web.public_url = Some(Origin::parse(&self.origin()).unwrap());
        let (config, folder) = self.end().await;
        Self::serve(config, folder).await
    }

    pub(crate) async fn end(mut self) -> (Config, TempDir) {
        let _ = self.stop.take().unwrap().send(OnExit::Keep);
        timeout(Duration::from_secs(10), &mut self.serving).await.unwrap().unwrap().unwrap();
        (self.config, self.folder)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.config.data.folder.clone()
    }

    pub(crate) fn runtime(&self) -> PathBuf {
        self.config.data.runtime.clone()
    }

    /// The address browsers know.
    pub(crate) fn origin(&self) -> String {
        self.config.web.origin(self.address).to_string()
    }

    pub(crate) fn stranger(&self) -> Visitor {
        Visitor { address: self.address, origin: self.origin(), cookie: None }
    }

    /// Somebody who has continued locally.
    pub(crate) async fn person(&self) -> Visitor {
        let mut visitor = self.stranger();
        visitor.sign_in().await;
        visitor
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.config.data.database_url
    }
}

/// A browser, as far as the server can tell.
#[derive(Clone)]
pub(crate) struct Visitor {
    address: SocketAddr,
    pub(crate) origin: String,
    pub(crate) cookie: Option<String>,
}

impl Visitor {
    pub(crate) fn of(address: SocketAddr) -> Self {
        Self { address, origin: format!("http://{address}"), cookie: None }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Continues locally.
    pub(crate) async fn sign_in(&mut self) {
        let answer = self.post("/auth/local", "").await;
        assert_eq!((answer.status().as_u16(), place(&answer)), (303, "/sessions"));
        self.cookie = Some(cookie(&answer).unwrap());
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[(header::ACCEPT, "text/html")], "").await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Response {
        let kind = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let headers = [(header::ORIGIN, &*self.origin), (header::ACCEPT, "text/html"), kind];
        self.send(Method::POST, path, &headers, form).await
    }

    /// Calls a server function; returns status and answer.
    pub(crate) async fn call(&self, function: &str, arguments: Value) -> (u16, Value) {
        let kind = (header::CONTENT_TYPE, "application/json");
        let headers = [(header::ORIGIN, &*self.origin), (header::ACCEPT, "application/json"), kind];
        let answer =
            self.send(Method::POST, &format!("/api/{function}"), &headers, &arguments.to_string()).await;
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(header::HeaderName, &str)],
        body: &str,
    ) -> Response {
        // The same for every test; whoever comes second finds it done.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
        let host = self.origin.split_once("://").unwrap().1;
        let mut request = client.build().unwrap().request(method, format!("http://{}{path}", self.address));
        if !headers.iter().any(|(name, _)| name == header::HOST) {
            request = request.header(header::HOST, host);
        }
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request.body(body.to_owned()).send().await.unwrap()
    }

    /// Makes a session of the sample repository and returns its id.
    pub(crate) async fn create_session(&self) -> String {
        self.create_session_saying("Mend the clock").await
    }

    pub(crate) async fn create_session_saying(&self, message: &str) -> String {
        let (status, page) = self.call("start/page", json!({ "repository": null })).await;
        assert_eq!(status, 200, "{page}");
        let (id, prompt) = (new_id("session"), new_id("prompt"));
        let new = json!({
            "id": id, "repository": page["repository"], "base_branch": page["branches"][0]["name"], "mode": "build",
            "model": null, "prompt": prompt, "message": message,
        });
        assert_eq!(self.call("start/create", json!({ "new": new })).await, (200, json!(id)));
        id
    }

    /// Opens a WebSocket, or says the status of the refusal.
    pub(crate) async fn open(&self, path: &str) -> Result<Socket, u16> {
        let mut request = format!("ws://{}{path}", self.address).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("host", self.origin.split_once("://").unwrap().1.parse().unwrap());
        headers.insert("origin", self.origin.parse().unwrap());
        headers.extend(self.cookie.iter().map(|cookie| (header::COOKIE, cookie.parse().unwrap())));
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Of our own end.
    pub(crate) fn port(&self) -> u16 {
        match self.0.get_ref() {
            MaybeTlsStream::Plain(stream) => stream.local_addr().unwrap().port(),
            other => panic!("{other:?} is no plain connection"),
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The first frame that `wanted` says yes to.
    pub(crate) async fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let hearing = async {
            loop {
                if let Message::Text(text) = self.0.next().await.expect("the socket is open").unwrap() {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if wanted(&frame) {
                        return frame;
                    }
                }
            }
        };
        timeout(PATIENCE, hearing).await.expect("a frame comes in time")
    }

    /// The next text. None: the socket has ended, however.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// How the server closes it.
    pub(crate) async fn end(&mut self) -> u16 {
        let ending = async {
            while let Some(message) = self.0.next().await {
                if let Ok(Message::Close(frame)) = message {
                    return frame.map_or(1005, |frame| CloseCode::into(frame.code));
                }
            }
            1006
        };
        timeout(PATIENCE, ending).await.expect("the socket ends in time")
    }
}

/// An id that nobody else of this run has.
pub(crate) fn new_id(kind: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    format!("{kind}-{}-{:04}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Where a redirect leads.
pub(crate) fn place(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
}

/// The name and value of the cookie that was set.
pub(crate) fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get(header::SET_COOKIE)?.to_str().unwrap();
    Some(set.split(';').next().unwrap().to_owned())
}
