//! Who asks too much is told how long to wait; others notice nothing.

use reqwest::{Method, Response, header};
use serde_json::json;
use slipway_server::config::{Limits, Proxies};

use crate::stage::{Stage, Visitor};

const GENEROUS: Limits =
    Limits { requests_per_minute: 100_000, sign_ins_per_minute: 100_000, sockets_per_person: 100 };

async fn limited(limits: Limits) -> Stage {
    Stage::start_with(|config| {
        config.limits = limits;
        config.proxies = Proxies::parse("127.0.0.1").unwrap();
    })
    .await
}

async fn from(visitor: &Visitor, address: &str, path: &str) -> Response {
    let forwarded = header::HeaderName::from_static("x-forwarded-for");
    visitor.send(Method::GET, path, &[(forwarded, address), (header::ACCEPT, "text/html")], "").await
}

/// Seconds to wait; what is said is a sentence for people.
async fn told_to_wait(answer: Response) -> u64 {
    assert_eq!(answer.status(), 429);
    let wait = answer.headers()[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
    let said = answer.text().await.unwrap();
    assert!(said.contains("Too many requests. Wait ") && said.contains("nothing was done."), "{said}");
    wait
}

#[tokio::test]
async fn one_address_may_ask_so_often_and_another_as_often() {
    let stage = limited(Limits { requests_per_minute: 1, ..GENEROUS }).await;
    let visitor = stage.stranger();
    for _ in 0..5 {
        assert_eq!(from(&visitor, "192.0.2.7", "/").await.status(), 200);
    }
    assert!((1..=12).contains(&told_to_wait(from(&visitor, "192.0.2.7", "/").await).await));
    assert_eq!(from(&visitor, "192.0.2.8", "/").await.status(), 200);
    for _ in 0..5 {
        assert_eq!(from(&visitor, "2001:db8::1", "/").await.status(), 200);
    }
    told_to_wait(from(&visitor, "2001:db8::2", "/").await).await;
    assert_eq!(from(&visitor, "2001:db8:0:1::2", "/").await.status(), 200, "another network");
    assert_eq!(visitor.get("/healthz").await.status(), 200, "watchers are not counted");
}

#[tokio::test]
async fn a_person_is_counted_wherever_they_are() {
    let stage = limited(Limits { requests_per_minute: 8, ..GENEROUS }).await;
    let person = stage.person().await;
    let list = async || person.call("sessions/list", json!({ "filter": "active", "query": "" })).await;
    let (mut answered, mut last) = (0, list().await);
    while last.0 == 200 && answered < 30 {
        answered += 1;
        last = list().await;
    }
    // On a slow machine a few come back meanwhile.
    assert!((8..30).contains(&answered), "{answered} were answered");
    assert_eq!((last.0, &last.1["kind"]), (429, &json!("busy")));
    assert_eq!(stage.stranger().get("/").await.status(), 200, "nobody else waits for it");
}

#[tokio::test]
async fn guesses_are_counted_more_strictly() {
    let stage = limited(Limits { sign_ins_per_minute: 2, ..GENEROUS }).await;
    let visitor = stage.stranger();
    for path in ["/auth/github", "/setup?code=x"] {
        assert_eq!(from(&visitor, "192.0.2.7", path).await.status(), 404);
    }
    told_to_wait(from(&visitor, "192.0.2.7", "/auth/github/callback").await).await;
    assert_eq!(from(&visitor, "192.0.2.7", "/").await.status(), 200);
    assert_eq!(from(&visitor, "192.0.2.8", "/auth/github").await.status(), 404);
}

#[tokio::test]
async fn one_person_has_so_many_sockets() {
    let stage = limited(Limits { sockets_per_person: 2, ..GENEROUS }).await;
    let person = stage.person().await;
    let mut first = person.open("/live").await.unwrap();
    let _second = person.open("/live").await.unwrap();
    assert_eq!(person.open("/live").await.err(), Some(503));
    // What is said here but a first frame ends it, and with it its seat.
    first.say("nothing").await;
    assert_eq!(first.end().await, 1008);
    drop(first);
    let again = async {
        while person.open("/live").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::stage::PATIENCE, again).await.expect("the seat is free again");
}

#[tokio::test]
async fn headers_have_an_end() {
    let stage = limited(GENEROUS).await;
    let long = "x".repeat(33 * 1024);
    let padding = header::HeaderName::from_static("x-padding");
    let answer = stage.stranger().send(Method::GET, "/", &[(padding, &long)], "").await;
    assert_eq!(answer.status(), 431);
    let said: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(said["sentence"], "The headers of this request are too large.");
}
