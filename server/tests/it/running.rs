//! The program itself with a fake agent behind it: a process of its own, that can be killed and whose memory can be told.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use slipway_store::Store;
use slipway_test_support::{
    fake_agent::{
        Called,
        control::{self, Control},
        events::{self, Place},
    },
    programs::{beside, built, keeper},
};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::{stage::Visitor, tab::Tab};

const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Running {
    child: Child,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
    pub(crate) control: Control,
    pub(crate) person: Visitor,
}

impl Running {
    pub(crate) async fn start(variables: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let control = Control::in_folder(folder.path());
        let agent =
            control::wrapper(folder.path(), &built(beside("fake-agent")), &[control.variable()]).unwrap();
        let mut variables: Vec<_> =
            variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        variables.push(("SLIPWAY_OPENCODE", agent.display().to_string()));
        variables.push(("SLIPWAY_DEFAULT_MODEL", "scripted/fake-1".into()));
        // The test holds the fake agent's reins, which end at the walls.
        variables.push(("SLIPWAY_SANDBOX", "host".into()));
        let (child, address) = launch(folder.path(), &variables, Stdio::inherit());
        // Where it starts again, whoever was signed in still is.
        variables.push(("SLIPWAY_BIND", address.to_string()));
        let mut person = Visitor::of(address);
        person.sign_in().await;
        Self { child, folder, variables, control, person }
    }

    /// Kills the server in the midst of whatever it does, and starts it again. Its agents live on.
    pub(crate) fn kill_and_start_again(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = launch(self.folder.path(), &self.variables, Stdio::inherit()).0;
    }

    /// Its database, as somebody else opens it.
    pub(crate) async fn database(&self) -> Store {
        Store::open(&format!("sqlite://{}", self.folder.path().join("data/slipway.db").display()))
            .await
            .unwrap()
    }

    /// KiB in memory that are its own: its program, which comes from the disk bit by bit, is not among them.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
    }

    /// Its end of the tab's connection is open.
    pub(crate) fn holds(&self, tab: &Tab) -> bool {
        const ESTABLISHED: &str = "01";
        let port = |place: &str| u16::from_str_radix(place.split_once(':')?.1, 16).ok();
        let ends = (Some(self.person.address().port()), tab.port());
        let connections = fs::read_to_string("/proc/net/tcp").unwrap();
        connections.lines().any(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [_, local, remote, state, ..] => (port(local), port(remote)) == ends && state == ESTABLISHED,
            _ => false,
        })
    }

    /// Opens a turn and lets the test say what the agent says in it; it ends with [`Turn::end`].
    pub(crate) async fn held_turn(&self, session: &str) -> Turn {
        let message = "Go\n/hold turn\n/say The end.";
        let prompt = crate::stage::new_id("prompt");
        let command =
            json!({ "command": "prompt", "prompt": prompt, "text": message, "mode": null, "model": null });
        let command = json!({ "id": prompt, "command": command });
        let (status, outcome) =
            self.person.call("sessions/submit", json!({ "session": session, "command": command })).await;
        assert_eq!(status, 200, "{outcome}");
        let is_ours = |call: &Called| call.body["parts"][0]["text"].as_str() == Some(message);
        let called = until("the prompt reaches the agent", async || {
            self.control.calls().await.ok()?.into_iter().find(is_ours)
        })
        .await;
        let session = called.path.split('/').nth(2).unwrap().to_owned();
        let place = Place { session, message: events::id("msg") };
        let prompt = called.body["messageID"].as_str().unwrap();
        let turn = Turn { control: self.control.clone(), place };
        turn.say(&events::message(&events::assistant_info(&turn.place, prompt, false))).await;
        turn
    }
}

impl Drop for Running {
    /// As SIGTERM ends it, so that its agents end too.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the agent says in the test's words.
pub(crate) struct Turn {
    control: Control,
    place: Place,
}

impl Turn {
    pub(crate) async fn text(&self, text: &str) {
        let time = json!({"start": events::now(), "end": events::now()});
        self.say(&events::part(&events::text_part(
            &self.place,
            &events::id("prt"),
            "text",
            text,
            Some(time),
        )))
        .await;
    }

    pub(crate) async fn tool(&self, id: &str, tool: &str, state: Value) {
        self.say(&events::part(&events::tool_part(&self.place, id, tool, state))).await;
    }

    pub(crate) async fn end(self) {
        self.control.open_gate("turn").await.unwrap();
    }

    async fn say(&self, event: &Value) {
        self.control.emit(event).await.unwrap();
    }
}

/// Looks again and again until there is something.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Starts the program with these variables besides the usual ones; returns where it listens.
pub(crate) fn launch(folder: &Path, variables: &[(&'static str, String)], log: Stdio) -> (Child, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.env_clear().env("HOME", folder).env("PATH", std::env::var_os("PATH").unwrap());
    command.env("SLIPWAY_DATA_DIR", folder.join("data")).env("SLIPWAY_BIND", "127.0.0.1:0");
    command.env("SLIPWAY_KEEPER", built(keeper())).env("SLIPWAY_ON_EXIT", "stop").env("SLIPWAY_LOG", "warn");
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address =
        line.trim().strip_prefix("slipway listening on http://").expect("it starts").parse().unwrap();
    (child, address)
}
