//! The way to the model providers, against a provider that does what the test says.

use std::{convert::Infallible, fmt::Write, path::Path};

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::{BodyExt, StreamBody, combinators::BoxBody};
use hyper::{
    HeaderMap, Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use slipway_keeper::wire::GatewayRoute;
use slipway_sandbox::Keeper;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::stage::{LIMIT, Stage, get};

const KEY: &str = "the-real-key-of-the-provider";

type Body = BoxBody<Bytes, Infallible>;

/// A request as it arrived at the provider. Who drops `answer` hangs up.
struct Arrived {
    path: String,
    headers: HeaderMap,
    body: Incoming,
    answer: oneshot::Sender<Response<Body>>,
}

struct Provider {
    address: String,
    requests: mpsc::Receiver<Arrived>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (arrivals, requests) = mpsc::channel(8);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let arrivals = arrivals.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let arrivals = arrivals.clone();
                    async move {
                        let (head, body) = request.into_parts();
                        let path = head.uri.to_string();
                        let (answer, answered) = oneshot::channel();
                        let arrived = Arrived { path, headers: head.headers, body, answer };
                        let _ = arrivals.send(arrived).await;
                        answered.await
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, requests }
    }

    async fn next(&mut self) -> Arrived {
        timeout(LIMIT, self.requests.recv()).await.unwrap().unwrap()
    }
}

/// An answer whose body is what is sent; it ends when the sender goes.
fn open_answer(status: u16) -> (mpsc::Sender<&'static str>, Response<Body>) {
    let (sender, receiver) = mpsc::channel::<&'static str>(1);
    let frames = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|text| (Ok(Frame::data(Bytes::from(text))), receiver))
    });
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(frames)));
    *response.status_mut() = status.try_into().unwrap();
    (sender, response)
}

fn route(prefix: &str, upstream: &str) -> GatewayRoute {
    let headers = [("authorization".to_owned(), format!("Bearer {KEY}"))].into();
    GatewayRoute { prefix: prefix.into(), upstream: upstream.into(), headers }
}

/// A keeper, and the gateway and token that its agent was told.
async fn start(stage: &Stage, routes: Vec<GatewayRoute>) -> (Keeper, String, String) {
    let mut spec = stage.spec();
    spec.gateway = routes;
    let keeper = stage.start(&spec).await;
    let agent = get(&keeper.caller(), "/self").await;
    let env = |name: &str| agent["env"][name].as_str().unwrap().to_owned();
    let (gateway, token) = (env("TEST_AGENT_GATEWAY"), env("TEST_AGENT_TOKEN"));
    (keeper, gateway, token)
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.tls_certs_only([]).build().unwrap()
}

#[tokio::test]
async fn the_key_is_added_outside() {
    let stage = Stage::new();
    let mut provider = Provider::start().await;
    let upstream = format!("{}/v1", provider.address);
    let (keeper, gateway, token) = start(&stage, vec![route("p", &upstream)]).await;
    let request = client()
        .post(format!("{gateway}/p/chat?x=1"))
        .bearer_auth(&token)
        .header("x-own", "kept")
        .header("cookie", "not kept")
        .body("a body");
    let answer = tokio::spawn(request.send());

    let arrived = provider.next().await;
    assert_eq!(arrived.path, "/v1/chat?x=1");
    let header = |name: &str| arrived.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(header("authorization").unwrap(), format!("Bearer {KEY}"));
    assert_eq!(header("x-own").unwrap(), "kept");
    assert_eq!(header("content-length").unwrap(), "6");
    assert_eq!(header("host").unwrap(), provider.address.strip_prefix("http://").unwrap());
    assert_eq!(header("cookie"), None);
    assert_eq!(arrived.body.collect().await.unwrap().to_bytes(), "a body");
    let (body, mut response) = open_answer(429);
    response.headers_mut().insert("retry-after", "7".parse().unwrap());
    response.headers_mut().insert("set-cookie", "a=b".parse().unwrap());
    arrived.answer.send(response).unwrap();
    body.send("slower").await.unwrap();
    drop(body);

    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "7");
    assert!(!answer.headers().contains_key("set-cookie"));
    assert_eq!(answer.text().await.unwrap(), "slower");
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn the_key_is_nowhere_else() {
    let stage = Stage::new();
    let (keeper, _, _) = start(&stage, vec![route("p", "http://127.0.0.1:1")]).await;
    let agent = get(&keeper.caller(), "/self").await;
    let init = std::fs::read_to_string(stage.runtime().join("init.pid")).unwrap();
    let mut seen = agent.to_string();
    let pids =
        [agent["pid"].to_string(), stage.keeper_pid().to_string(), init.split(' ').next().unwrap().into()];
    for pid in &pids {
        for file in ["cmdline", "environ"] {
            let text = std::fs::read(format!("/proc/{pid}/{file}")).unwrap();
            let _ = write!(seen, "{}", String::from_utf8_lossy(&text));
        }
    }
    read_all(stage.folder.path(), &mut seen);
    assert!(seen.contains("TEST_AGENT_TOKEN") && seen.contains("the keeper listens"));
    assert!(!seen.contains(KEY));
    // Nor does the agent see anything of this program's own environment.
    let names: Vec<_> = agent["env"].as_object().unwrap().keys().collect();
    assert!(names.iter().all(|name| name.starts_with("TEST_AGENT_")), "{names:?}");
    keeper.stop().await.unwrap();
}

fn read_all(folder: &Path, seen: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, seen);
        } else if path.is_file() {
            seen.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
}

#[tokio::test]
async fn only_the_token_opens_it() {
    let stage = Stage::new();
    let mut provider = Provider::start().await;
    let (keeper, gateway, token) =
        start(&stage, vec![route("p", &provider.address), route("gone", "http://127.0.0.1:1")]).await;
    let client = client();
    let url = format!("{gateway}/p/x");
    for request in [
        client.get(&url),
        client.get(&url).bearer_auth("wrong"),
        client.get(&url).header("x-api-key", KEY),
        client.get(&url).basic_auth("tester", Some(&token)),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(error_of(answer).await["type"], "invalid_token");
    }
    let allowed = tokio::spawn(client.get(&url).header("x-api-key", &token).send());
    let arrived = provider.next().await;
    assert!(!arrived.headers.contains_key("x-api-key"));
    let (_, mut response) = open_answer(302);
    response.headers_mut().insert("location", "/elsewhere".parse().unwrap());
    arrived.answer.send(response).unwrap();
    assert_eq!(allowed.await.unwrap().unwrap().status(), 302);

    let send = |path: &str| client.get(format!("{gateway}{path}")).bearer_auth(&token).send();
    let unknown = send("/other/x").await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(error_of(unknown).await["type"], "unknown_route");
    let unreachable = send("/gone/x").await.unwrap();
    assert_eq!(unreachable.status(), 502);
    let error = error_of(unreachable).await;
    assert_eq!(error["code"], "upstream_unreachable");
    assert!(error["message"].as_str().unwrap().contains("/gone"));
    assert_eq!(send("/p/x%2f..%2f..%2fy").await.unwrap().status(), 400);
    assert!(provider.requests.try_recv().is_err());
    keeper.stop().await.unwrap();
}

async fn error_of(answer: reqwest::Response) -> Value {
    answer.json::<Value>().await.unwrap()["error"].take()
}

#[tokio::test]
async fn bodies_pass_piece_by_piece_and_without_the_server() {
    let stage = Stage::new();
    let mut provider = Provider::start().await;
    let (keeper, gateway, token) = start(&stage, vec![route("p", &provider.address)]).await;
    let (pieces, body) = mpsc::channel::<Result<&'static str, Infallible>>(1);
    let body =
        futures::stream::unfold(body, |mut body| async { body.recv().await.map(|piece| (piece, body)) });
    let request = client().post(format!("{gateway}/p/x")).bearer_auth(&token);
    let answer = tokio::spawn(request.body(reqwest::Body::wrap_stream(body)).send());
    pieces.send(Ok("one")).await.unwrap();
    let mut arrived = provider.next().await;
    assert_eq!(arrived.body.frame().await.unwrap().unwrap().into_data().unwrap(), "one");
    pieces.send(Ok("two")).await.unwrap();
    assert_eq!(arrived.body.frame().await.unwrap().unwrap().into_data().unwrap(), "two");
    drop(pieces);
    assert!(arrived.body.frame().await.is_none());

    let (body, response) = open_answer(200);
    arrived.answer.send(response).unwrap();
    let mut answer = timeout(LIMIT, answer).await.unwrap().unwrap().unwrap().bytes_stream();
    body.send("first").await.unwrap();
    assert_eq!(timeout(LIMIT, answer.next()).await.unwrap().unwrap().unwrap(), "first");
    let boot = keeper.boot().to_owned();
    keeper.leave();
    body.send("second").await.unwrap();
    assert_eq!(timeout(LIMIT, answer.next()).await.unwrap().unwrap().unwrap(), "second");
    drop(body);
    assert!(timeout(LIMIT, answer.next()).await.unwrap().is_none());
    stage.adopt(2, 1, &boot).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn who_hangs_up_is_not_served_on() {
    let stage = Stage::new();
    let mut provider = Provider::start().await;
    let (keeper, gateway, token) = start(&stage, vec![route("p", &provider.address)]).await;
    let client = client();
    let send = || tokio::spawn(client.get(format!("{gateway}/p/x")).bearer_auth(&token).send());

    // While the provider thinks.
    let request = send();
    let mut arrived = provider.next().await;
    request.abort();
    timeout(LIMIT, arrived.answer.closed()).await.expect("the provider still works");

    // In the middle of its answer.
    let request = send();
    let arrived = provider.next().await;
    let (body, response) = open_answer(200);
    arrived.answer.send(response).unwrap();
    let mut answer = request.await.unwrap().unwrap().bytes_stream();
    body.send("first").await.unwrap();
    assert_eq!(answer.next().await.unwrap().unwrap(), "first");
    drop(answer);
    timeout(LIMIT, body.closed()).await.expect("the provider still works");

    // And the other way round: a provider that breaks off leaves no whole answer.
    let request = send();
    let arrived = provider.next().await;
    drop(arrived.answer);
    assert_eq!(request.await.unwrap().unwrap().status(), 502);
    keeper.stop().await.unwrap();
}
