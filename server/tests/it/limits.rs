//! Sessions that take all they can get of the machine, from the shell of the real agent in the real sandbox: each gets its line, and
//! another session answers meanwhile.

use std::process::{Child, Command, Stdio};

use serde_json::json;
use slipway_protocol::{Role, SessionView};
use slipway_test_support::{
    ScriptedModel,
    programs::{is_missing, keeper},
    scripted_model::KEY,
};
use tempfile::TempDir;

use crate::{
    canary::opencode,
    running::launch,
    stage::{Visitor, new_id},
    tab::{Tab, said},
};

/// Not more than one of these at a time: each wants all of the machine.
const BOMBS: [(&str, &str, &str); 4] = [
    (
        "a memory bomb",
        "head -c 8G /dev/zero | tail | wc -c",
        "A command ran out of memory and was ended: this session may use 2 GB.",
    ),
    (
        "a fork bomb",
        "bomb() { bomb | bomb & }; bomb; sleep 100",
        "this session ran 300 processes at once and went on starting more.",
    ),
    (
        "a full disk",
        "head -c 600M /dev/urandom >big; sleep 100",
        "this session used more than 400 MB of disk.",
    ),
    (
        "100,000 files",
        "mkdir many; cd many; seq 100000 | xargs touch; sleep 100",
        "this session had more than 50000 files.",
    ),
];

struct Story {
    server: Child,
    person: Visitor,
    _model: ScriptedModel,
    _folder: TempDir,
}

impl Story {
    /// None where a program is missing.
    async fn set() -> Option<Self> {
        let opencode = opencode();
        if is_missing(&[&opencode, &keeper()]) {
            return None;
        }
        let (model, folder) = (ScriptedModel::start().await.unwrap(), tempfile::tempdir().unwrap());
        let providers = folder.path().join("providers.json");
        let provider = json!([{
            "id": "scripted", "kind": "openai-compatible", "name": "Scripted", "base_url": model.url(), "api_key": KEY,
            "models": [{"id": "fake-1", "name": "Fake One", "context": 128_000, "output": 8_192}],
        }]);
        std::fs::write(&providers, provider.to_string()).unwrap();
        let variables = [
            ("XDG_RUNTIME_DIR", folder.path().display().to_string()),
            ("SLIPWAY_OPENCODE", opencode.display().to_string()),
            ("SLIPWAY_PROVIDERS", providers.display().to_string()),
            ("SLIPWAY_DEFAULT_MODEL", "scripted/fake-1".into()),
            ("SLIPWAY_PERMISSIONS", "auto".into()),
            ("SLIPWAY_SESSION_MEMORY", "2G".into()),
            ("SLIPWAY_SESSION_PROCESSES", "300".into()),
            ("SLIPWAY_SESSION_DISK", "400M".into()),
            ("SLIPWAY_SESSION_FILES", "50000".into()),
        ];
        let (server, address) = launch(folder.path(), &variables, Stdio::inherit());
        let mut person = Visitor::of(address);
        person.sign_in().await;
        Some(Self { server, person, _model: model, _folder: folder })
    }

    async fn begin(&self, message: &str) -> Tab {
        let session = self.person.create_session_saying(message).await;
        Tab::open(&self.person, &session).await
    }

    async fn say(&self, tab: &Tab, text: &str) {
        let prompt = new_id("prompt");
        let command =
            json!({ "command": "prompt", "prompt": prompt, "text": text, "mode": null, "model": null });
        let submitted = json!({ "session": tab.session(), "command": { "id": prompt, "command": command } });
        let (status, outcome) = self.person.call("sessions/submit", submitted).await;
        assert_eq!((status, &outcome["outcome"]), (200, &json!("applied")), "{outcome}");
    }
}

/// As SIGTERM ends it, so that its agents end too.
impl Drop for Story {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

fn told(view: &SessionView, line: &str) -> bool {
    let notices = view.messages.iter().filter(|view| view.message.role == Role::Notice);
    notices.flat_map(|view| &view.parts).any(|part| part.text.contains(line))
}

fn runs_a_command(view: &SessionView) -> bool {
    view.messages.iter().flat_map(|view| &view.parts).any(|part| part.open && part.body.slug() == "tool")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_all_of_the_machine_gets_a_line_and_others_an_answer() {
    let Some(story) = Story::set().await else { return };
    let mut other = story.begin("/say Ready.").await;
    other.ended("Ready.").await;
    let mut greedy = story.begin("/say Ready.").await;
    greedy.ended("Ready.").await;
    for (what, script, line) in BOMBS {
        println!("{what}");
        story.say(&greedy, &format!("/bash {script}\n/say It goes on.")).await;
        let words = format!("Still here, whatever {what} does.");
        story.say(&other, &format!("/bash echo\n/say {words}")).await;
        other.ended(&words).await;
        greedy.until(|view| told(view, line)).await;
        greedy.until(|view| !view.head.phase.is_busy()).await;
        let words = format!("Ready after {what}.");
        story.say(&greedy, &format!("/bash rm -rf big many\n/say {words}")).await;
        greedy.ended(&words).await;
    }
}

/// The agent keeps an output in a file, so that the disk is what it uses up.
#[tokio::test(flavor = "multi_thread")]
async fn an_output_without_an_end_is_cut_and_the_session_goes_on() {
    let Some(story) = Story::set().await else { return };
    let mut greedy = story.begin("/bash yes the same again").await;
    greedy.until(runs_a_command).await;
    let mut other = story.begin("/say Ready.").await;
    other.ended("Ready.").await;
    let seen = greedy.until(|view| told(view, "this session used more than 400 MB of disk.")).await;
    assert!(said(&seen).len() < 3 * 1024 * 1024, "{} bytes", said(&seen).len());
    greedy.until(|view| !view.head.phase.is_busy()).await;
    story.say(&greedy, "/say It goes on.").await;
    greedy.ended("It goes on.").await;
}
