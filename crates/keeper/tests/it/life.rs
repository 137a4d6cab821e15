//! From start to end: whatever ends, and however, nothing of the agent is left.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use serde_json::{Value, json};
use slipway_keeper::wire::{KeeperEvent, LaunchSpec, Method, PROTOCOL, StopStep};
use slipway_sandbox::{Isolation, Keeper, Sandbox, SandboxError};

use crate::stage::{Stage, Watched, a_call, get, kill_dead, next, post, ready, rest, size, until};

/// The agent, a child of it, and the init above them.
struct Family {
    agent: Watched,
    child: Watched,
    init: Watched,
}

impl Family {
    async fn of(stage: &Stage, keeper: &Keeper) -> Self {
        let caller = keeper.caller();
        let agent = Watched::new(&get(&caller, "/self").await["pid"]);
        let child = Watched::new(&post(&caller, "/child", Value::Null).await);
        let init = std::fs::read_to_string(stage.runtime().join("init.pid")).unwrap();
        let init: u32 = init.split(' ').next().unwrap().parse().unwrap();
        Self { agent, child, init: Watched::new(&json!(init)) }
    }

    fn lives(&self) -> bool {
        self.agent.lives() || self.child.lives() || self.init.lives()
    }
}

#[tokio::test]
async fn stop_goes_through_its_steps() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    keeper.stop().await.unwrap();
    assert_eq!(stage.notes(), ["disposed", "terminated"]);
    assert!(!family.lives());
    stage.assert_left();
}

#[tokio::test]
async fn who_does_not_stop_is_killed() {
    let stage = Stage::new();
    let mut spec = stage.spec();
    spec.env.insert("TEST_AGENT_MODE".into(), "stubborn".into());
    spec.stop = vec![StopStep::Terminate { grace_ms: 200 }, StopStep::Kill];
    let keeper = stage.start(&spec).await;
    let family = Family::of(&stage, &keeper).await;
    keeper.stop().await.unwrap();
    assert_eq!(stage.notes(), ["terminated"]);
    assert!(!family.lives());
}

#[tokio::test]
async fn a_killed_agent_has_exited() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    kill_dead(family.agent.pid());
    let (seq, event) = next(&mut keeper).await;
    let KeeperEvent::Exited { status, log_tail } = event else { panic!("{event:?}") };
    assert_eq!((seq, status.as_str()), (2, "ended by signal 9"));
    assert!(log_tail.contains("agent listening on"), "{log_tail}");
    assert!(!family.lives());
    // The keeper waits for this: now it ends.
    assert!(stage.runtime().join("keeper.sock").exists());
    keeper.acknowledge(seq);
    assert_eq!(rest(&mut keeper).await, []);
    until("the keeper's files are gone", || !stage.runtime().join("keeper.pid").exists()).await;
    stage.assert_left();
}

#[tokio::test]
async fn an_exit_is_told_to_who_comes_later() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let (boot, caller) = (keeper.boot().to_owned(), keeper.caller());
    let family = Family::of(&stage, &keeper).await;
    post(&caller, "/emit", json!({"count": 1})).await;
    let _ = caller.call(a_call(Method::Post, "/exit", json!({"code": 7}))).await;
    keeper.leave();
    until("the agent is gone", || !family.lives()).await;
    let mut keeper = stage.adopt(2, 1, &boot).await.unwrap();
    assert!(matches!(next(&mut keeper).await, (2, KeeperEvent::Agent { .. })));
    let (_, event) = next(&mut keeper).await;
    let KeeperEvent::Exited { status, log_tail } = event else { panic!("{event:?}") };
    assert_eq!(status, "exit code 7");
    assert!(log_tail.contains("last words\n"), "{log_tail}");
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_survives_a_killed_keeper() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    let boot = keeper.boot().to_owned();
    kill_dead(stage.keeper_pid());
    assert_eq!(rest(&mut keeper).await, []);
    // Whoever looks for it finds nobody, and waits for the rest of it.
    assert!(stage.adopt(2, 1, &boot).await.is_none());
    assert!(!family.lives());
    assert!(!stage.runtime().exists());
    stage.start(&stage.spec()).await.stop().await.unwrap();
}

#[tokio::test]
async fn nothing_survives_a_killed_init() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    kill_dead(family.init.pid());
    assert!(matches!(next(&mut keeper).await, (2, KeeperEvent::Exited { .. })));
    assert!(!family.lives());
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn a_terminated_keeper_stops_its_agent() {
    let stage = Stage::new();
    let mut keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    let pid = rustix::process::Pid::from_raw(stage.keeper_pid().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(matches!(rest(&mut keeper).await[..], [(2, KeeperEvent::Exited { .. })]));
    assert_eq!(stage.notes(), ["disposed", "terminated"]);
    assert!(!family.lives());
    until("the keeper's files are gone", || !stage.runtime().join("keeper.pid").exists()).await;
    stage.assert_left();
}

#[tokio::test]
async fn clearing_leaves_nothing_and_can_be_repeated() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    keeper.leave();
    stage.sandbox.clear(&stage.runtime(), 1).await.unwrap();
    assert!(!family.lives());
    assert!(!stage.runtime().exists());
    stage.sandbox.clear(&stage.runtime(), 1).await.unwrap();
}

#[tokio::test]
async fn what_a_higher_generation_owns_is_not_cleared() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let boot = keeper.boot().to_owned();
    let family = Family::of(&stage, &keeper).await;
    keeper.leave();
    let owner = stage.adopt(7, 1, &boot).await.unwrap();
    let cleared = stage.sandbox.clear(&stage.runtime(), 6).await;
    assert!(matches!(cleared, Err(SandboxError::Refused { .. })), "{cleared:?}");
    assert!(family.agent.lives() && stage.notes().is_empty());
    owner.stop().await.unwrap();
    assert!(!family.lives());
}

#[tokio::test]
async fn another_run_of_the_keeper_is_not_adopted() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let family = Family::of(&stage, &keeper).await;
    keeper.leave();
    assert!(stage.adopt(2, 17, "another boot").await.is_none());
    assert!(!family.lives());
    assert!(!stage.runtime().exists());
}

/// A server may find keepers that a newer one started, where somebody went back to the version before.
#[tokio::test]
async fn a_keeper_of_another_version_is_ended_with_its_agent_and_one_of_this_version_takes_its_place() {
    let newer = |hello: Value| {
        let mut hello = hello;
        hello["protocol"] = json!(PROTOCOL + 1);
        hello["unheard_of"] = json!({"by": "this version"});
        hello
    };
    for says in [newer, |_| json!({"kind": "greetings", "protocol": {"major": 9}})] {
        let stage = Stage::new();
        let keeper = stage.start(&stage.spec()).await;
        let (boot, family) = (keeper.boot().to_owned(), Family::of(&stage, &keeper).await);
        keeper.leave();
        stage.keeper_says(says);
        assert!(stage.adopt(2, 1, &boot).await.is_none());
        assert!(!family.lives());
        assert!(!stage.runtime().exists());
        stage.start(&stage.spec()).await.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_lonely_idle_keeper_ends_itself() {
    let stage = Stage::new();
    let mut spec = stage.spec();
    spec.lonely_ms = 300;
    let mut keeper = stage.start(&spec).await;
    let boot = keeper.boot().to_owned();
    let family = Family::of(&stage, &keeper).await;
    // While somebody listens, nothing happens; nor while a turn runs.
    post(&keeper.caller(), "/busy", json!({"busy": true})).await;
    keeper.leave();
    tokio::time::sleep(Duration::from_secs(1)).await;
    keeper = stage.adopt(2, 1, &boot).await.unwrap();
    post(&keeper.caller(), "/busy", json!({"busy": false})).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(family.agent.lives() && stage.notes().is_empty());
    keeper.leave();
    until("the keeper's files are gone", || !stage.runtime().join("keeper.pid").exists()).await;
    assert_eq!(stage.notes(), ["disposed", "terminated"]);
    assert!(!family.lives());
    stage.assert_left();
}

async fn failure(stage: &Stage, spec: &LaunchSpec) -> String {
    let mut keeper = stage.sandbox.start(&stage.runtime(), 1, spec, &stage.view()).await.unwrap();
    let (seq, event) = next(&mut keeper).await;
    let KeeperEvent::StartFailed { sentence } = event else { panic!("{event:?}") };
    keeper.acknowledge(seq);
    assert_eq!(rest(&mut keeper).await, []);
    sentence
}

#[tokio::test]
async fn a_start_that_failed_says_why() {
    let stage = Stage::new();
    let with_mode = |mode: &str| {
        let mut spec = stage.spec();
        spec.env.insert("TEST_AGENT_MODE".into(), mode.into());
        spec
    };
    let sentence = failure(&stage, &with_mode("exits")).await;
    assert!(sentence.contains("exit code 3") && sentence.contains("no luck today"), "{sentence}");

    let mut silent = with_mode("silent");
    silent.ready.timeout_ms = 500;
    let sentence = failure(&stage, &silent).await;
    assert!(sentence.contains("did not get ready in time"), "{sentence}");

    let mut missing = stage.spec();
    missing.argv = vec!["/no/such/program".into()];
    let sentence = failure(&stage, &missing).await;
    assert!(sentence.contains("cannot start /no/such/program"), "{sentence}");

    let mut nowhere = stage.spec();
    nowhere.cwd = "/no/such/folder".into();
    let sentence = failure(&stage, &nowhere).await;
    assert!(sentence.contains("cannot be started"), "{sentence}");
}

#[tokio::test]
async fn a_port_that_somebody_took_is_given_up() {
    let stage = Stage::new();
    let mut spec = stage.spec();
    let place = stage.path("evicted");
    spec.env.insert("TEST_AGENT_EVICTED".into(), place.to_str().unwrap().into());
    let mut keeper = stage.sandbox.start(&stage.runtime(), 1, &spec, &stage.view()).await.unwrap();
    let port = || std::fs::read_to_string(stage.path("evicted.port")).ok()?.parse::<u16>().ok();
    until("the agent has a port", || port().is_some()).await;
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port().unwrap())).unwrap();
    std::fs::write(place, "").unwrap();
    assert_eq!(next(&mut keeper).await, (1, ready()));
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn one_keeper_is_in_a_folder() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    let second = stage.sandbox.start(&stage.runtime(), 2, &stage.spec(), &stage.view()).await;
    assert!(matches!(second, Err(SandboxError::NotStarted { .. })));
    get(&keeper.caller(), "/health").await;
    keeper.stop().await.unwrap();
}

#[tokio::test]
async fn a_missing_keeper_program_is_named() {
    let stage = Stage::new();
    let sandbox = Sandbox::new("/no/such/slipway-keeper".into(), Isolation::Host);
    let error = sandbox.start(&stage.runtime(), 1, &stage.spec(), &stage.view()).await.unwrap_err();
    assert!(error.to_string().contains("is not at /no/such/slipway-keeper"), "{error}");
    let long = stage.path(&"x".repeat(100));
    let error = stage.sandbox.start(&long, 1, &stage.spec(), &stage.view()).await.unwrap_err();
    assert!(error.to_string().contains("too long"), "{error}");
}

#[tokio::test]
async fn what_the_agent_writes_is_bounded() {
    let stage = Stage::new();
    let keeper = stage.start(&stage.spec()).await;
    for _ in 0..5 {
        post(&keeper.caller(), "/print", json!({"bytes": 1_000_000})).await;
    }
    keeper.stop().await.unwrap();
    let (new, old) = (stage.runtime().join("agent.log"), stage.runtime().join("agent.log.1"));
    assert!(size(&new) + size(&old) <= 2 * 1024 * 1024);
    assert!(size(&old) > 500_000);
}

#[tokio::test]
async fn folders_are_private_and_scratch_is_empty() {
    let stage = Stage::new();
    let spec = stage.spec();
    std::fs::create_dir_all(&spec.scratch).unwrap();
    std::fs::write(spec.scratch.join("old"), "").unwrap();
    let keeper = stage.start(&spec).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&stage.path("home/data")), 0o700);
    assert_eq!(mode(&stage.runtime()), 0o700);
    assert_eq!(mode(&stage.runtime().join("keeper.sock")), 0o600);
    assert_eq!(mode(&stage.runtime().join("spool")), 0o600);
    assert_eq!(mode(&spec.scratch), 0o700);
    assert_eq!(std::fs::read_dir(&spec.scratch).unwrap().count(), 0);
    keeper.stop().await.unwrap();
}
