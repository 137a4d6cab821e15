//! An agent that has turned on its host: the real server, the real OpenCode behind the real walls, and a model that attacks through
//! the shell tool. Prints a line for each attack.

mod list;

use std::{
    fs,
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use slipway_test_support::{
    ScriptedModel,
    programs::{bubblewrap, is_missing, keeper, plain_git},
};
use tempfile::{NamedTempFile, TempDir};

use self::list::{ATTACKS, Attack, CANARY, Holds};
use crate::{
    canary::{opencode, provider},
    running::{launch, until},
    stage::{Visitor, new_id},
};

/// A host with something to lose.
struct Host {
    folder: TempDir,
    _model: ScriptedModel,
    server: Child,
    ada: Visitor,
    datagrams: UdpSocket,
    port: u16,
    abstract_name: String,
    /// In the host's `/tmp`, under a name that tells it.
    _told: NamedTempFile,
}

impl Host {
    /// None where a program is missing.
    async fn set() -> Option<Self> {
        let opencode = opencode();
        if is_missing(&[&opencode, &keeper()]) || bubblewrap().is_none() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["outside", "repos/clock"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path("outside/secret.txt"), CANARY).unwrap();
        let key = format!("sk-{CANARY}");
        let model = ScriptedModel::start_on(0, &key).await.unwrap();
        fs::write(path("providers.json"), provider(&model, &key).to_string()).unwrap();
        commit(&path("repos/clock"), &[("clock.txt", "late\n".to_owned())]);
        let text = |path: PathBuf| path.display().to_string();
        let variables = [
            ("XDG_RUNTIME_DIR", text(folder.path().into())),
            ("SLIPWAY_OPENCODE", text(opencode)),
            ("SLIPWAY_PROVIDERS", text(path("providers.json"))),
            ("SLIPWAY_DEFAULT_MODEL", "scripted/fake-1".into()),
            ("SLIPWAY_PERMISSIONS", "auto".into()),
            ("SLIPWAY_REPOS", text(path("repos"))),
            // What is near stays out of reach even so.
            ("SLIPWAY_EGRESS", "all".into()),
            ("SLIPWAY_CANARY", CANARY.into()),
        ];
        let (server, address) = launch(folder.path(), &variables, Stdio::inherit());
        let mut ada = Visitor::of(address);
        ada.sign_in().await;
        let abstract_name = format!("slipway-attacks-{}", std::process::id());
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        datagrams.set_nonblocking(true).unwrap();
        let port = serve_canary(&abstract_name);
        let told = tempfile::Builder::new().prefix(CANARY).tempfile_in("/tmp").unwrap();
        Some(Self { folder, _model: model, server, ada, datagrams, port, abstract_name, _told: told })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The attacks as files of a repository, each with what it needs to know.
    fn arm(&self, other: &str) {
        let other = self.path("data/sessions").join(other);
        let known = [
            ("SERVER", self.server.id().to_string()),
            ("DATA", self.path("data").display().to_string()),
            ("OTHER", other.display().to_string()),
            ("OUTSIDE", self.path("outside").display().to_string()),
            ("PORT", self.port.to_string()),
            ("DATAGRAMS", self.datagrams.local_addr().unwrap().port().to_string()),
            ("ABSTRACT", self.abstract_name.clone()),
        ];
        let known: Vec<_> = known.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
        let known = known.concat();
        let files: Vec<_> = (0..)
            .zip(ATTACKS)
            .map(|(at, attack)| (script_of(at), format!("exec 2>&1\n{known}{}\necho over\n", attack.script)))
            .collect();
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
        commit(&self.path("repos/clock"), &files);
    }

    /// Where the attacks are blunt, walls hold without being there. The error names one that finds nothing.
    fn finds_from_outside(&self) -> Result<(), String> {
        let hidden = (0..).zip(ATTACKS).filter(|(_, attack)| matches!(attack.holds, Holds::Hidden));
        for (at, attack) in hidden {
            let mut sh = Command::new("sh");
            let said = sh.arg(script_of(at)).current_dir(self.path("repos/clock")).output().unwrap();
            if !String::from_utf8_lossy(&said.stdout).contains(CANARY) {
                return Err(attack.what.to_owned());
            }
        }
        Ok(())
    }

    /// A session that has done what the message says; its id, and how it looks then.
    async fn session(&self, message: &str) -> (String, Value) {
        let id = new_id("session");
        let page = self.call("start/page", json!({ "repository": null, "find": null })).await;
        let new = json!({
            "id": id, "repository": page["repository"], "base_branch": "main", "mode": "build", "model": null,
            "prompt": new_id("prompt"), "message": message,
        });
        self.call("start/create", json!({ "new": new })).await;
        let view = until("the agent has answered", async || {
            let view = self.call("sessions/get", json!({ "session": id, "at": null })).await;
            let answered = view["messages"]
                .as_array()?
                .iter()
                .any(|shown| shown["message"]["role"] == "agent" && !shown["message"]["ended_at"].is_null());
            (answered && view["head"]["phase"] == "idle").then_some(view)
        });
        let view = view.await;
        (id, view)
    }

    async fn call(&self, function: &str, arguments: Value) -> Value {
        let (status, answer) = self.ada.call(function, arguments).await;
        assert_eq!(status, 200, "{function}: {answer}");
        answer
    }
}

impl Drop for Host {
    /// As SIGTERM ends it, so that its agents end too.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

#[tokio::test]
async fn an_agent_that_attacks_gets_nothing() {
    let Some(mut host) = Host::set().await else { return };
    let write = format!("Write.\n/write secret.txt\n{CANARY}\n/say Written.");
    let (other, _) = host.session(&write).await;
    host.arm(&other);
    // One after the other.
    let tries: Vec<_> = (0..ATTACKS.len()).map(|at| format!("/bash sh {}", script_of(at))).collect();
    let tries = tries.join("\n/step\n");
    let (id, view) = host.session(&format!("Attack.\n{tries}\n/say Tried.")).await;

    let mut report = Report::default();
    let found = host.finds_from_outside();
    report.line(
        "weak attacks",
        "finds on the host what is hidden behind the walls",
        found.is_ok(),
        found.err().as_deref(),
    );
    for (at, attack) in (0..).zip(ATTACKS) {
        let said = output(&view, &script_of(at));
        report.line(
            attack.threat,
            attack.what,
            attack.held(said.as_deref().unwrap_or_default()),
            said.as_deref(),
        );
    }
    // What the server itself does with what is left behind.
    let changes = host.call("review/load", json!({ "session": id, "turn": null })).await.to_string();
    let deliver = json!({ "id": new_id("command"), "command": { "command": "deliver" } });
    host.call("sessions/submit", json!({ "session": id, "command": deliver })).await;
    let kept = !changes.contains(CANARY) && changes.contains("keys.json");
    report.line("git without trust", "has the server show where its links lead", kept, Some(&changes));
    let ran = host.path("outside/ran").exists();
    report.line(
        "git without trust",
        "has the server run what it left, by showing and delivering",
        !ran,
        None,
    );
    let heard = host.datagrams.recv(&mut [0; 64]).is_ok();
    report.line("leaks by name", "is heard by a socket of the host", !heard, None);
    let lives = matches!(host.server.try_wait(), Ok(None));
    report.line("other processes", "ends the server", lives, None);
    assert_eq!(report.failed, [""; 0]);
}

impl Attack {
    /// It ran to its end, and got nothing.
    fn held(&self, said: &str) -> bool {
        let ran = said.trim_end().ends_with("over");
        let as_told = match self.holds {
            Holds::Hidden | Holds::Silent => true,
            Holds::Says(words) => said.contains(words),
            Holds::SaysNot(words) => !said.contains(words),
        };
        ran && as_told && !said.contains(CANARY)
    }
}

/// One line for each attack, as `cargo xtask test --only security` shows it.
#[derive(Default)]
struct Report {
    failed: Vec<String>,
}

impl Report {
    fn line(&mut self, threat: &str, attack: &str, held: bool, said: Option<&str>) {
        println!("attack | {threat} | {attack} | {}", if held { "held" } else { "FAILED" });
        if !held {
            self.failed.push(format!("{attack}: {said:?}"));
        }
    }
}

fn script_of(at: usize) -> String {
    format!("attacks/{at:02}.sh")
}

/// What the tool printed that ran this script.
fn output(view: &Value, script: &str) -> Option<String> {
    let messages = view["messages"].as_array()?;
    let mut parts = messages.iter().filter_map(|shown| shown["parts"].as_array()).flatten();
    let ran =
        parts.find(|part| part["body"]["target"].as_str().is_some_and(|target| target.contains(script)))?;
    Some(ran["text"].as_str()?.to_owned())
}

/// Says the canary to whoever connects, at a port and at a name without a path.
fn serve_canary(name: &str) -> u16 {
    fn answer(mut stream: impl std::io::Read + std::io::Write) {
        let _ = stream.read(&mut [0; 4096]);
        let length = CANARY.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{CANARY}");
        let _ = stream.write_all(head.as_bytes());
    }
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    let named = UnixListener::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    std::thread::spawn(move || named.incoming().flatten().for_each(answer));
    port
}

fn commit(repository: &Path, files: &[(&str, String)]) {
    if !repository.join(".git").exists() {
        plain_git(repository, &["init", "--quiet", "--initial-branch=main"]);
    }
    for (name, text) in files {
        let path = repository.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    plain_git(repository, &["add", "."]);
    plain_git(repository, &["commit", "--quiet", "--message=x"]);
}
