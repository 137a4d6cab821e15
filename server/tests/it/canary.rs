//! Secrets that can be recognised are planted, everything is done that leads past them, and then they are looked for wherever they have
//! no business: around the agent, in files, in the database, in logs, in every page and answer.

mod places;

use std::{
    env,
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Response, header};
use serde_json::{Value, json};
use slipway_test_support::{
    ScriptedModel,
    github::{CLIENT_ID, CLIENT_SECRET, CheckRun, Fault, GitFault, GitHub},
    programs::{is_missing, keeper},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use self::places::{Places, files, processes, tables};
use crate::{
    github::{begin, come_back},
    running::{launch, until},
    stage::{Visitor, new_id},
};

const REPOSITORY: &str = "ada/clock";
const PROVIDER_KEY: &str = "sk-canary-of-the-provider";
/// 32 bytes.
const SEALING_KEY: &str = "canary-of-the-key-that-seals-all";

/// Holds the provider's key, since somebody has to.
const PROVIDERS: &str = "providers.json";
const LOG: &str = "slipway.log";

/// In every answer of the agent, so that one sees that the places that are searched are the right ones.
const SAID: &str = "right-to-the-second";

struct Story {
    github: GitHub,
    _model: ScriptedModel,
    server: Child,
    ada: Visitor,
    /// All that the server answered, but for its cookies.
    heard: String,
    cookies: Vec<String>,
    folder: TempDir,
}

impl Story {
    /// None where a program is missing.
    async fn set() -> Option<Self> {
        let opencode = opencode();
        if is_missing(&[&opencode, &keeper()]) {
            return None;
        }
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_repository(REPOSITORY, true, &["ada"]);
        github.add_code(REPOSITORY, &[("clock.txt", "late\n")]);
        let model = ScriptedModel::start_on(0, PROVIDER_KEY).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let providers = folder.path().join(PROVIDERS);
        std::fs::write(&providers, provider(&model).to_string()).unwrap();
        let text = |path: &Path| path.display().to_string();
        let variables = [
            ("XDG_RUNTIME_DIR", text(folder.path())),
            ("SLIPWAY_OPENCODE", text(&opencode)),
            ("SLIPWAY_PROVIDERS", text(&providers)),
            ("SLIPWAY_DEFAULT_MODEL", "scripted/fake-1".into()),
            ("SLIPWAY_PERMISSIONS", "auto".into()),
            ("SLIPWAY_SECRET_KEY", BASE64_STANDARD.encode(SEALING_KEY)),
            ("SLIPWAY_GITHUB_CLIENT_ID", CLIENT_ID.into()),
            ("SLIPWAY_GITHUB_CLIENT_SECRET", CLIENT_SECRET.into()),
            ("SLIPWAY_GITHUB_WEB_URL", github.url()),
            ("SLIPWAY_GITHUB_API_URL", github.url()),
            ("SLIPWAY_LOG", "debug".into()),
        ];
        let log = File::create(folder.path().join(LOG)).unwrap();
        let (server, address) = launch(folder.path(), &variables, log.into());
        let (ada, heard, cookies) = (Visitor::of(address), String::new(), Vec::new());
        Some(Self { github, _model: model, server, ada, heard, cookies, folder })
    }

    /// Everything that would give somebody else's rights away.
    fn secrets(&self) -> Vec<String> {
        let proof = |token: &String| BASE64_STANDARD.encode(format!("x-access-token:{token}"));
        let given = self.github.secrets();
        let proofs: Vec<_> = given.iter().map(proof).collect();
        let fixed = [PROVIDER_KEY.to_owned(), BASE64_STANDARD.encode(SEALING_KEY), SEALING_KEY.to_owned()];
        given.into_iter().chain(proofs).chain(self.cookies.clone()).chain(fixed).collect()
    }

    async fn sign_in(&mut self) {
        let page = begin(&mut self.ada, "").await;
        let returned = self.github.agree(&page, "ada");
        let answer = come_back(&mut self.ada, &returned.address).await;
        assert_eq!(answer.status(), 303);
        self.hear(answer).await;
        let cookie = self.ada.cookie.clone().unwrap();
        self.cookies.push(cookie.split_once('=').unwrap().1.to_owned());
        // The same again is refused, and says why.
        let again = self.ada.get(returned.address.split_once(self.ada.origin.as_str()).unwrap().1).await;
        assert_eq!(again.status(), 403);
        self.hear(again).await;
    }

    async fn hear(&mut self, answer: Response) {
        let headers = answer.headers().iter().filter(|(name, _)| *name != header::SET_COOKIE);
        for (_, value) in headers {
            self.heard += &String::from_utf8_lossy(value.as_bytes());
        }
        self.heard += &answer.text().await.unwrap();
    }

    async fn open(&mut self, path: &str) {
        let answer = self.ada.get(path).await;
        self.hear(answer).await;
    }

    async fn ask(&mut self, function: &str, arguments: Value) -> (u16, Value) {
        let (status, answer) = self.ada.call(function, arguments).await;
        self.heard += &answer.to_string();
        (status, answer)
    }

    async fn call(&mut self, function: &str, arguments: Value) -> Value {
        let (status, answer) = self.ask(function, arguments).await;
        assert_eq!(status, 200, "{function}: {answer}");
        answer
    }

    async fn command(&mut self, session: &str, command: Value) -> Value {
        let command = json!({ "id": new_id("command"), "command": command });
        self.call("sessions/submit", json!({ "session": session, "command": command })).await
    }

    /// The session, once the agent has answered so many prompts and rests.
    async fn answered(&mut self, session: &str, prompts: usize) -> Value {
        let ada = self.ada.clone();
        let view = until("the agent has answered", async || {
            let (_, view) = ada.call("sessions/get", json!({ "session": session, "at": null })).await;
            let messages = view["messages"].as_array()?;
            let is_answer = |shown: &&Value| {
                shown["message"]["role"] == "agent" && !shown["message"]["ended_at"].is_null()
            };
            let rests = view["head"]["phase"] == "idle";
            (rests && messages.iter().filter(is_answer).count() >= prompts).then_some(view)
        })
        .await;
        self.heard += &view.to_string();
        view
    }

    /// From picking a repository to a session that has answered.
    async fn work(&mut self) -> String {
        self.github.fail_fetch(GitFault::Forbidden);
        let refused = self.ask("start/branches", json!({ "repository": REPOSITORY })).await;
        assert_eq!(refused.0, 403, "{}", refused.1);
        self.call("start/page", json!({ "repository": null, "find": null })).await;
        self.call("start/repositories", json!({ "query": "clock", "chosen": "", "fresh": true })).await;
        self.call("start/branches", json!({ "repository": REPOSITORY })).await;
        let id = new_id("session");
        let message = format!("Mend the clock.\n/bash env\n/write clock.txt\n{SAID}\n/say It is {SAID} now.");
        let new = json!({
            "id": id, "repository": REPOSITORY, "base_branch": "main", "mode": "build", "model": null,
            "prompt": new_id("prompt"), "message": message,
        });
        self.call("start/create", json!({ "new": new })).await;
        let view = self.answered(&id, 1).await.to_string();
        assert!(view.contains("OPENCODE_CONFIG_CONTENT"), "the agent has told its environment: {view}");
        id
    }

    /// From the first push, which comes to nothing, to a pull request that is merged, with a failed check on the way.
    async fn publish(&mut self, id: &str) {
        self.call("sessions/publishing/draft", json!({ "session": id })).await;
        self.call("review/load", json!({ "session": id, "turn": null })).await;
        self.github.fail_push(GitFault::Cut);
        let push = json!({ "command": "push", "message": "Mend the clock", "replacing": null });
        assert_eq!(self.command(id, push).await["outcome"], "refused");
        let open = json!({
            "command": "open-pull-request", "title": "Mend the clock", "body": "It was late.",
            "message": "Mend the clock", "draft": false,
        });
        self.command(id, open).await;
        let (ada, ask) = (self.ada.clone(), json!({ "session": id }));
        let pull = async || ada.call("sessions/publishing/pull-request", ask.clone()).await.1;
        let opened =
            until("it is opened", async || Some(pull().await).filter(|view| view["state"] == "open")).await;
        self.heard += &opened.to_string();

        let branch = self.github.pulls()[0].head.clone();
        let commit = self.github.commit_of(REPOSITORY, &branch).unwrap();
        let run = CheckRun {
            name: "test".into(),
            status: "completed".into(),
            conclusion: Some("failure".into()),
            summary: "It is a second late.".into(),
            ..CheckRun::default()
        };
        let check = self.github.check(&commit, run);
        let finding = json!({ "kind": "check-run", "id": check });
        let fix = json!({ "session": id, "finding": finding, "prompt": new_id("prompt") });
        self.call("sessions/publishing/fix", fix).await;
        self.answered(id, 2).await;
        self.github.change_pull(1, |pull| (pull.closed, pull.merged) = (true, true));
        let merged =
            until("it is merged", async || Some(pull().await).filter(|view| view["state"] == "merged")).await;
        self.heard += &merged.to_string();
    }

    async fn look_around(&mut self, id: &str) {
        for path in ["/", "/sessions", "/sessions/new", "/settings"] {
            self.open(path).await;
        }
        self.open(&format!("/sessions/{id}")).await;
        self.open(&format!("/sessions/{id}/changes")).await;
        self.call("account/page", json!({})).await;
        self.call("models", json!({})).await;
        self.call("sessions/list", json!({ "filter": "active", "query": "" })).await;
        self.call("sessions/search", json!({ "query": SAID, "before": null })).await;
        self.call("sessions/behind", json!({ "session": id })).await;
    }

    /// What goes wrong is told too, and must not tell more.
    async fn mishaps(&mut self) {
        let branches = json!({ "repository": REPOSITORY });
        for fault in [Fault::RateLimited { until: 4_000_000_000 }, Fault::BadGateway, Fault::Cut] {
            self.github.fail(Some(fault));
            assert_ne!(self.ask("start/branches", branches.clone()).await.0, 200, "{fault:?}");
        }
        self.github.fail(None);
        self.github.revoke("ada");
        assert_eq!(self.ask("start/branches", branches).await.0, 401);
        self.open("/sessions/new").await;
    }

    /// What a page hears that is open all the time.
    async fn follow(&self, path: &str) -> JoinHandle<String> {
        let mut socket = self.ada.open(path).await.unwrap();
        socket.say(r#"{"cursor":null,"open":[]}"#).await;
        tokio::spawn(async move {
            let mut heard = String::new();
            while let Some(frame) = socket.text().await {
                heard += &frame;
            }
            heard
        })
    }

    /// As SIGTERM does it.
    fn end(&mut self) {
        Command::new("kill").arg(self.server.id().to_string()).status().unwrap();
        self.server.wait().unwrap();
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

#[tokio::test]
async fn no_secret_comes_where_it_has_no_business() {
    let Some(mut story) = Story::set().await else { return };
    // The first token is nearly over, so it is renewed at its first use.
    story.github.expire_after(60);
    story.sign_in().await;
    story.github.expire_after(28_800);
    let id = story.work().await;
    let socket = story.follow(&format!("/sessions/{id}/live")).await;
    story.publish(&id).await;
    story.look_around(&id).await;
    assert_eq!(story.github.renewals(), 1);

    let awake = processes(story.folder.path(), story.server.id());
    let while_awake = files(story.folder.path(), &[PROVIDERS]);
    story.mishaps().await;
    story.sign_in().await;
    story.open(&format!("/sessions/{id}")).await;
    let out = story.ada.post("/auth/logout", "").await;
    story.hear(out).await;
    story.end();

    let texts = [
        ("a page or an answer", story.heard.clone()),
        ("the socket", socket.await.unwrap()),
        ("the database", tables(&story.folder.path().join("data/slipway.db"))),
    ];
    let files = while_awake.into_iter().chain(files(story.folder.path(), &[PROVIDERS])).collect();
    let places = Places { processes: awake, files, texts: texts.into() };
    places.are_the_right_ones();
    let found: Vec<_> = story.secrets().iter().flat_map(|secret| places.holding(secret)).collect();
    assert_eq!(found, [""; 0]);
}

pub(crate) fn opencode() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    env::var_os("SLIPWAY_OPENCODE")
        .map_or_else(|| root.join(".tools/opencode-1.18.33/bin/opencode"), PathBuf::from)
}

fn provider(model: &ScriptedModel) -> Value {
    json!([{
        "id": "scripted", "kind": "openai-compatible", "name": "Scripted", "base_url": model.url(), "api_key": PROVIDER_KEY,
        "models": [{"id": "fake-1", "name": "Fake One", "context": 128_000, "output": 8_192}], "small_model": "fake-1",
    }])
}
