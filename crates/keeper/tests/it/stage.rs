//! What every test needs: a short folder, a launch spec for the test agent, and patience with a limit.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use slipway_keeper::{
    process,
    wire::{Call, Egress, EventSource, KeeperEvent, LaunchSpec, Method, Readiness, Reply, SOCKET, StopStep},
};
use slipway_sandbox::{Bubblewrap, Caller, Isolation, Keeper, Reach, Sandbox, View};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy},
    net::{UnixListener, UnixStream},
    time::timeout,
};

use crate::agent;

/// Nothing takes longer on a loaded machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) sandbox: Sandbox,
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(PathBuf::from(env!("CARGO_BIN_EXE_slipway-keeper")), Isolation::Host)
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("sk").tempdir_in("/tmp").unwrap();
        Self { folder, sandbox: sandbox() }
    }

    /// Everything runs behind walls.
    pub(crate) fn behind_walls(bubblewrap: Bubblewrap) -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_slipway-keeper"));
        Self { sandbox: Sandbox::new(program, Isolation::Bubblewrap(bubblewrap)), ..Self::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn runtime(&self) -> PathBuf {
        self.path("run")
    }

    pub(crate) fn spec(&self) -> LaunchSpec {
        let program = std::env::current_exe().unwrap();
        let argv = [program.to_str().unwrap(), agent::ROLE, "--exact", "--nocapture"];
        let env = [
            ("TEST_AGENT_PORT", "{port}"),
            ("TEST_AGENT_PASSWORD", "{password}"),
            ("TEST_AGENT_GATEWAY", "{gateway}"),
            ("TEST_AGENT_TOKEN", "{gateway_token}"),
            ("TEST_AGENT_NOTES", self.path("notes").to_str().unwrap()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        LaunchSpec {
            argv: argv.map(str::to_owned).into(),
            walls: None,
            groups: Vec::new(),
            env: env.into(),
            cwd: self.folder.path().into(),
            folders: vec![self.path("home/data")],
            scratch: self.runtime().join("tmp"),
            log: self.runtime().join("agent.log"),
            user: "tester".into(),
            ready: Readiness {
                line: "agent listening on".into(),
                probe: "/health".into(),
                expect: BTreeMap::from([("healthy".into(), json!(true))]),
                timeout_ms: 30_000,
            },
            events: EventSource {
                path: "/event".into(),
                headers: BTreeMap::new(),
                idle_timeout_ms: 5_000,
                first: "hello".into(),
                ignore: vec!["hello".into(), "beat".into()],
            },
            stop: vec![
                StopStep::Post { path: "/dispose".into(), timeout_ms: 2_000 },
                StopStep::Terminate { grace_ms: 2_000 },
                StopStep::Kill,
            ],
            gateway: Vec::new(),
            egress: Egress::default(),
            reach: Reach::default(),
            lonely_ms: 600_000,
            idle_probe: "/status".into(),
            idle_answer: json!({}),
        }
    }

    /// The test agent's own program, and the folder of the test.
    pub(crate) fn view(&self) -> View {
        View::of(self.folder.path()).reading(std::env::current_exe())
    }

    /// A keeper whose agent is ready.
    pub(crate) async fn start(&self, spec: &LaunchSpec) -> Keeper {
        let mut keeper = self.sandbox.start(&self.runtime(), 1, spec, &self.view()).await.unwrap();
        assert_eq!(next(&mut keeper).await, (1, ready()));
        keeper
    }

    pub(crate) async fn adopt(&self, generation: u64, after: u64, boot: &str) -> Option<Keeper> {
        self.sandbox.adopt(&self.runtime(), generation, after, boot, Reach::default()).await.unwrap()
    }

    pub(crate) fn keeper_pid(&self) -> u32 {
        std::fs::read_to_string(self.runtime().join("keeper.pid")).unwrap().trim().parse().unwrap()
    }

    /// From now on whoever comes to the keeper hears `says` in place of its hello, and everything else as it is.
    pub(crate) fn keeper_says(&self, says: fn(Value) -> Value) {
        let (socket, own) = (self.runtime().join(SOCKET), self.path("own.sock"));
        std::fs::rename(&socket, &own).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(interpret(visitor, UnixStream::connect(&own).await.unwrap(), says));
            }
        });
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let notes = std::fs::read_to_string(self.path("notes")).unwrap_or_default();
        notes.lines().map(str::to_owned).collect()
    }

    /// No file of the keeper is left in the runtime folder.
    pub(crate) fn assert_left(&self) {
        for name in ["keeper.sock", "keeper.pid", "init.pid", "spool"] {
            assert!(!self.runtime().join(name).exists(), "{name}");
        }
    }
}

pub(crate) fn ready() -> KeeperEvent {
    KeeperEvent::Ready { probe: json!({"healthy": true, "version": "1"}) }
}

pub(crate) async fn next(keeper: &mut Keeper) -> (u64, KeeperEvent) {
    timeout(LIMIT, keeper.next()).await.expect("no event came").expect("the keeper is gone")
}

/// The number that the test agent gave its event, which must be the next one.
pub(crate) async fn next_step(keeper: &mut Keeper) -> (u64, u64) {
    match next(keeper).await {
        (seq, KeeperEvent::Agent { data }) => (seq, data["n"].as_u64().unwrap()),
        other => panic!("{other:?}"),
    }
}

/// Everything up to the end of the connection.
pub(crate) async fn rest(keeper: &mut Keeper) -> Vec<(u64, KeeperEvent)> {
    let mut events = Vec::new();
    while let Some(event) = timeout(LIMIT, keeper.next()).await.expect("the keeper does not end") {
        events.push(event);
    }
    events
}

pub(crate) fn a_call(method: Method, path: &str, body: Value) -> Call {
    let body = (!body.is_null()).then_some(body);
    Call { method, path: path.into(), headers: BTreeMap::new(), body, timeout_ms: 20_000 }
}

pub(crate) async fn post(caller: &Caller, path: &str, body: Value) -> Value {
    json_of(caller.call(a_call(Method::Post, path, body)).await.unwrap())
}

pub(crate) async fn get(caller: &Caller, path: &str) -> Value {
    json_of(caller.call(a_call(Method::Get, path, Value::Null)).await.unwrap())
}

fn json_of(reply: Reply) -> Value {
    match reply {
        Reply::Answered { status: 200, json: Some(json) } => json,
        other => panic!("{other:?}"),
    }
}

/// A process that the test will want to see gone.
pub(crate) struct Watched(String);

impl Watched {
    pub(crate) fn new(pid: &Value) -> Self {
        let watched = Self(process::identity(u32::try_from(pid.as_u64().unwrap()).unwrap()));
        assert!(watched.lives());
        watched
    }

    pub(crate) fn pid(&self) -> u32 {
        process::living(&self.0).unwrap()
    }

    pub(crate) fn lives(&self) -> bool {
        process::living(&self.0).is_some()
    }
}

/// Waits for a state.
pub(crate) async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < LIMIT, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn kill_dead(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

pub(crate) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

async fn interpret(visitor: UnixStream, keeper: UnixStream, says: fn(Value) -> Value) -> std::io::Result<()> {
    let ((mut hears, mut speaks), (answers, mut asked)) = (visitor.into_split(), keeper.into_split());
    let to_keeper = async {
        copy(&mut hears, &mut asked).await?;
        asked.shutdown().await
    };
    let to_visitor = async {
        let (mut answers, mut hello) = (BufReader::new(answers), String::new());
        answers.read_line(&mut hello).await?;
        let hello = says(serde_json::from_str(&hello)?);
        speaks.write_all(format!("{hello}\n").as_bytes()).await?;
        copy(&mut answers, &mut speaks).await?;
        speaks.shutdown().await
    };
    tokio::try_join!(to_keeper, to_visitor).map(drop)
}
