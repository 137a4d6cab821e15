//! A tiny agent that speaks HTTP and server-sent events. It is a test that does nothing unless a stage started it.

use std::{
    convert::Infallible,
    fs::OpenOptions,
    io::Write,
    net::Ipv4Addr,
    process::{Command, Stdio},
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{Request, Response, body::Frame, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{broadcast, watch},
};

pub(crate) const ROLE: &str = "agent::role";
const SLEEPER: &str = "agent::sleeper";

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("TEST_AGENT_{name}")).ok()
}

#[test]
fn role() {
    let Some(port) = setting("PORT") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(serve(port.parse().unwrap()));
    std::process::exit(0);
}

/// A grandchild in a session of its own.
#[test]
fn sleeper() {
    if setting("SLEEPS").is_some() {
        rustix::process::setsid().unwrap();
        loop {
            std::thread::sleep(Duration::from_secs(1000));
        }
    }
}

struct Agent {
    events: broadcast::Sender<String>,
    counter: AtomicU64,
    busy: watch::Sender<bool>,
    muted: watch::Sender<bool>,
    /// Moves when the streams are to break.
    cut: watch::Sender<()>,
}

async fn serve(port: u16) {
    let mode = setting("MODE").unwrap_or_default();
    if mode == "exits" {
        println!("no luck today");
        std::process::exit(3);
    }
    if let Some(place) = setting("EVICTED").filter(|place| !std::fs::exists(place).unwrap()) {
        // Until the test has taken the port.
        std::fs::write(format!("{place}.port"), port.to_string()).unwrap();
        while !std::fs::exists(&place).unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        std::process::exit(1);
    }
    let mut terminate = signal(SignalKind::terminate()).unwrap();
    tokio::spawn(async move {
        loop {
            terminate.recv().await;
            note("terminated");
            if setting("MODE").as_deref() != Some("stubborn") {
                std::process::exit(0);
            }
        }
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    if mode != "silent" {
        println!("agent listening on {port}");
    }
    let agent = Arc::new(Agent {
        events: broadcast::Sender::new(200_000),
        counter: AtomicU64::new(0),
        busy: watch::Sender::new(false),
        muted: watch::Sender::new(false),
        cut: watch::Sender::new(()),
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let agent = agent.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let agent = agent.clone();
                async move { Ok::<_, Infallible>(answer(&agent, request).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

type Body = BoxBody<Bytes, Infallible>;

async fn answer(agent: &Agent, request: Request<Incoming>) -> Response<Body> {
    let expected =
        format!("Basic {}", BASE64_STANDARD.encode(format!("tester:{}", setting("PASSWORD").unwrap())));
    if request.headers().get("authorization").is_none_or(|shown| shown != expected.as_str()) {
        return respond(401, "application/json", "{}");
    }
    let route = format!("{} {}", request.method(), request.uri().path());
    let body =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let number = |name: &str| body[name].as_u64().unwrap_or_default();
    let reply = match route.as_str() {
        "GET /health" => json!({"healthy": true, "version": "1"}),
        "GET /status" if *agent.busy.borrow() => json!({"task": "busy"}),
        "GET /status" => json!({}),
        "GET /event" => return events(agent),
        // As deep as JSON is read, until something is put around it.
        "GET /deep" => {
            let body = format!("{}{}", "[".repeat(127), "]".repeat(127));
            return respond(200, "application/json", &body);
        }
        "GET /html" => return respond(200, "text/html", "<p>{}</p>"),
        "GET /self" => json!({
            "pid": std::process::id(),
            "env": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
            "argv": std::env::args().collect::<Vec<_>>(),
        }),
        "POST /emit" => {
            let text = "ä".repeat(usize::try_from(number("size")).unwrap());
            for _ in 0..number("count") {
                let n = agent.counter.fetch_add(1, Ordering::Relaxed) + 1;
                let _ = agent.events.send(json!({"type": "step", "n": n, "text": text}).to_string());
            }
            json!(agent.counter.load(Ordering::Relaxed))
        }
        "POST /busy" => json!(agent.busy.send_replace(body["busy"] == true)),
        "POST /mute" => json!(agent.muted.send_replace(true)),
        "POST /cut" => {
            agent.cut.send_replace(());
            json!(true)
        }
        "POST /wait" => {
            tokio::time::sleep(Duration::from_millis(number("ms"))).await;
            json!("waited")
        }
        "POST /print" => {
            println!("{}", "x".repeat(usize::try_from(number("bytes")).unwrap()));
            json!(true)
        }
        "POST /child" => {
            #[expect(clippy::zombie_processes, reason = "whoever stands above must see to it")]
            let child = Command::new(std::env::current_exe().unwrap())
                .args([SLEEPER, "--exact", "--nocapture"])
                .env("TEST_AGENT_SLEEPS", "1")
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            json!(child.id())
        }
        // What a shell prints.
        "POST /shell" => {
            let script = body["script"].as_str().unwrap();
            let output =
                tokio::process::Command::new("/bin/bash").args(["-c", script]).output().await.unwrap();
            json!(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()))
        }
        "POST /dispose" => {
            note("disposed");
            json!(true)
        }
        "POST /exit" => {
            println!("last words");
            std::process::exit(i32::try_from(number("code")).unwrap())
        }
        "PATCH /echo" | "DELETE /echo" => body,
        _ => return respond(404, "application/json", r#"{"name":"NotFound"}"#),
    };
    respond(200, "application/json; charset=utf-8", &reply.to_string())
}

fn events(agent: &Agent) -> Response<Body> {
    let mut live = agent.events.subscribe();
    let (mut cut, muted) = (agent.cut.subscribe(), agent.muted.subscribe());
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(200));
        let _ = sender.send(r#"{"type":"hello"}"#.to_owned()).await;
        loop {
            let event = tokio::select! {
                biased;
                _ = cut.changed() => return,
                event = live.recv() => event.unwrap(),
                _ = beat.tick() => if *muted.borrow() { continue } else { r#"{"type":"beat"}"#.to_owned() },
            };
            if sender.send(event).await.is_err() {
                return;
            }
        }
    });
    let frames = stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|event| (event, receiver))
    });
    let frames = frames.map(|event| Ok(Frame::data(Bytes::from(format!("data: {event}\n\n")))));
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(frames)));
    response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
    response
}

fn respond(status: u16, kind: &str, body: &str) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_owned())).boxed());
    *response.status_mut() = status.try_into().unwrap();
    response.headers_mut().insert("content-type", kind.parse().unwrap());
    response
}

/// For the test to see what happened, and in which order.
fn note(word: &str) {
    if let Some(path) = setting("NOTES") {
        let mut notes = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(notes, "{word}").unwrap();
    }
}
