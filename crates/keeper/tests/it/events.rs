//! Events: numbered, kept until acknowledged, for one server at a time.

use serde_json::{Value, json};
use slipway_keeper::wire::{KeeperEvent, Method, Reply};
use slipway_sandbox::{Reach, SandboxError};
use tokio::time::timeout;

use crate::{
    server,
    stage::{LIMIT, Stage, a_call, get, next, next_step, post, rest, until},
};

#[tokio::test]
async fn events_are_numbered_in_order() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    post(&keeper.caller(), "/emit", json!({"count": 100, "size": 10})).await;
    for n in 1..=100 {
        assert_eq!(next_step(&mut keeper).await, (n + 1, n));
    }
    keeper.stop().await.unwrap();
    stage.assert_left();
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    let boot = keeper.boot().to_owned();
    post(&keeper.caller(), "/emit", json!({"count": 50})).await;
    for n in 1..=50 {
        assert_eq!(next_step(&mut keeper).await.1, n);
    }
    keeper.acknowledge(21);
    // Whatever is said on a connection is heard in order.
    get(&keeper.caller(), "/health").await;
    keeper.leave();

    // Acknowledged events are forgotten, whatever number one asks from.
    let mut keeper = stage.adopt(2, 0, &boot).await.unwrap();
    for n in 21..=50 {
        assert_eq!(next_step(&mut keeper).await, (n + 1, n));
    }
    keeper.leave();
    // And what was stored without an acknowledgement need not be sent.
    let mut keeper = stage.adopt(2, 40, &boot).await.unwrap();
    assert_eq!(next_step(&mut keeper).await, (41, 40));
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn the_highest_generation_is_served_alone() {
    let stage = Stage::new();
    let mut first = stage.start(&stage.spec()).await;
    let boot = first.boot().to_owned();
    let mut second = stage.adopt(2, 1, &boot).await.unwrap();
    assert_eq!(rest(&mut first).await, []);
    assert!(matches!(
        first.caller().call(a_call(Method::Get, "/health", Value::Null)).await,
        Err(SandboxError::Gone)
    ));

    // Nor may the first stop what is no longer its own.
    let refused = first.stop().await;
    assert!(matches!(refused, Err(SandboxError::Refused { .. })), "{refused:?}");
    let refused = stage.sandbox.adopt(&stage.runtime(), 1, 1, &boot, Reach::default()).await;
    assert!(matches!(refused, Err(SandboxError::Refused { .. })), "{refused:?}");
    post(&second.caller(), "/emit", json!({"count": 1})).await;
    assert_eq!(next_step(&mut second).await, (2, 1));

    let mut third = stage.adopt(2, 1, &boot).await.unwrap();
    assert_eq!(rest(&mut second).await, []);
    assert_eq!(next_step(&mut third).await, (2, 1));
    third.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_servers_successor_misses_nothing() {
    let stage = Stage::new();
    std::fs::write(stage.path("spec"), serde_json::to_vec(&stage.spec()).unwrap()).unwrap();
    let mut killed = server::start(&stage, "keeper");
    let read = |name: &str| std::fs::read_to_string(stage.path(name)).unwrap_or_default();
    until("some events are stored", || read("stored").parse::<u64>().unwrap_or_default() > 200).await;
    killed.kill().unwrap();
    killed.wait().unwrap();

    let stored: u64 = read("stored").parse().unwrap();
    let mut keeper = stage.adopt(2, stored, &read("boot")).await.unwrap();
    let emitted = post(&keeper.caller(), "/emit", json!({"count": 1})).await.as_u64().unwrap();
    for n in stored..=emitted {
        assert_eq!(next_step(&mut keeper).await, (n + 1, n));
    }
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn who_does_not_read_holds_up_nobody() {
    const EVENTS: u64 = 3_000;
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    // More than may be sent without an acknowledgement: 30 MB, none of it taken while it arrives.
    post(&keeper.caller(), "/emit", json!({"count": EVENTS, "size": 5_000})).await;
    let spool = stage.runtime().join("spool");
    until("the events lie in the spool", || crate::stage::size(&spool) > 29_000_000).await;
    get(&keeper.caller(), "/health").await;
    for n in 1..=EVENTS {
        let (seq, step) = next_step(&mut keeper).await;
        assert_eq!((seq, step), (n + 1, n));
        keeper.acknowledge(seq);
    }
    until("the spool is empty", || crate::stage::size(&spool) == 0).await;
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn a_lost_stream_leaves_a_gap() {
    let stage = Stage::new();
    let mut spec = stage.spec();
    spec.events.idle_timeout_ms = 1_000;
    let mut keeper = stage.start(&spec).await;
    let caller = keeper.caller();
    post(&caller, "/cut", Value::Null).await;
    assert_eq!(next(&mut keeper).await, (2, KeeperEvent::Gap));
    post(&caller, "/emit", json!({"count": 1})).await;
    assert_eq!(next_step(&mut keeper).await, (3, 1));
    // Silence is a loss too.
    post(&caller, "/mute", Value::Null).await;
    assert_eq!(next(&mut keeper).await, (4, KeeperEvent::Gap));
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn calls_run_side_by_side_and_end_in_time() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let caller = keeper.caller();
    let call = |ms: u64, timeout_ms: u64| {
        let mut call = a_call(Method::Post, "/wait", json!({"ms": ms}));
        call.timeout_ms = timeout_ms;
        caller.call(call)
    };
    // Many more than fit, each slow: together hardly slower than one.
    let calls = futures::future::join_all((0..150).map(|_| call(300, 20_000)));
    let replies = timeout(LIMIT, calls).await.unwrap();
    for reply in replies {
        assert_eq!(reply.unwrap(), Reply::Answered { status: 200, json: Some(json!("waited")) });
    }
    let late = call(10_000, 200).await.unwrap();
    assert!(matches!(late, Reply::Unreachable { .. }), "{late:?}");

    let answer = |method, path| caller.call(a_call(method, path, json!({"a": 1})));
    let echo = Reply::Answered { status: 200, json: Some(json!({"a": 1})) };
    assert_eq!(answer(Method::Patch, "/echo").await.unwrap(), echo);
    assert_eq!(answer(Method::Delete, "/echo").await.unwrap(), echo);
    assert_eq!(answer(Method::Get, "/html").await.unwrap(), Reply::Answered { status: 200, json: None });
    let missing = Reply::Answered { status: 404, json: Some(json!({"name": "NotFound"})) };
    assert_eq!(answer(Method::Get, "/missing").await.unwrap(), missing);
    // An answer that cannot be carried harms no other.
    let deep = answer(Method::Get, "/deep").await.unwrap();
    assert!(matches!(deep, Reply::Unreachable { .. }), "{deep:?}");
    get(&caller, "/health").await;
    keeper.stop().await.unwrap();
    assert!(matches!(
        caller.call(a_call(Method::Get, "/health", Value::Null)).await,
        Err(SandboxError::Gone)
    ));
}
