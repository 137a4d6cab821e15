//! The first set-up: with the code of the log, in a browser without scripts, until the first person signs in; told to the program itself.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, ChildStderr, Command, Stdio},
};

use slipway_test_support::github::{CLIENT_ID, CLIENT_SECRET, GitHub};
use tempfile::TempDir;

use crate::{
    github::{begin, come_back, list},
    stage::{Visitor, place},
};

/// A program that nobody has set up, and a GitHub that it can ask.
struct Slipway {
    child: Child,
    address: SocketAddr,
    log: BufReader<ChildStderr>,
}

impl Slipway {
    fn start(folder: &TempDir, github: &GitHub, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.env_clear().env("HOME", folder.path()).env("PATH", std::env::var_os("PATH").unwrap());
        command.env("SLIPWAY_DATA_DIR", folder.path().join("data")).env("SLIPWAY_BIND", "127.0.0.1:0");
        command.env("SLIPWAY_GITHUB_WEB_URL", github.url()).env("SLIPWAY_GITHUB_API_URL", github.url());
        // Nobody asks for models here.
        command.env("SLIPWAY_OPENCODE", folder.path().join("opencode"));
        command.env("SLIPWAY_LOCAL", "false").envs(settings.iter().copied());
        command.envs(std::env::var_os("SLIPWAY_KEEPER").map(|keeper| ("SLIPWAY_KEEPER", keeper)));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address, log }
    }

    /// Reads the log until it says where to set up.
    fn read_code(&mut self) -> String {
        let told =
            self.log.by_ref().lines().map(Result::unwrap).find(|line| line.contains("/setup?code=")).unwrap();
        let code = told.split("/setup?code=").nth(1).unwrap();
        code.chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    fn visitor(&self) -> Visitor {
        Visitor::of(self.address)
    }

    /// Ends it, so that it can be started again with the same data.
    fn stop(mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        self.child.wait().unwrap();
    }
}

impl Drop for Slipway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn form(code: &str, secret: &str, who: &str, names: &str) -> String {
    format!("code={code}&client_id={CLIENT_ID}&client_secret={secret}&who={who}&names={names}")
}

async fn sign_in(slipway: &Slipway, github: &GitHub, login: &str) -> (Visitor, u16) {
    let mut visitor = slipway.visitor();
    let page = begin(&mut visitor, "").await;
    let answer = come_back(&mut visitor, &github.agree(&page, login).address).await;
    (visitor, answer.status().as_u16())
}

#[tokio::test]
async fn an_owner_sets_up_github_in_the_browser_and_people_sign_in_without_a_restart() {
    let github = GitHub::start().await.unwrap();
    github.add_person("ada");
    github.add_person("bob");
    let folder = tempfile::tempdir().unwrap();
    let mut slipway = Slipway::start(&folder, &github, &[]);
    let code = slipway.read_code();
    let owner = slipway.visitor();
    assert_eq!(owner.get("/auth/github").await.status(), 404, "not yet");

    let page = owner.get(&format!("/setup?code={code}")).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let callback = format!("http://{}/auth/github/callback", slipway.address);
    for shown in [&callback, &format!("{}/settings/applications/new", github.url()), "Test and finish"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }

    let wrong = owner.post("/setup", &form(&code, "wrong", "logins", "ada")).await;
    assert_eq!(wrong.status(), 303);
    let back = place(&wrong).to_owned();
    assert!(
        back.starts_with("/setup?code=") && back.contains(CLIENT_ID) && !back.contains("wrong"),
        "{back}"
    );
    let mut told = owner.clone();
    told.cookie = crate::stage::cookie(&wrong);
    let page = told.get(&back).await.text().await.unwrap();
    assert!(page.contains("GitHub does not know this client ID with this secret."), "{page}");
    let nobody = owner.post("/setup", &form(&code, CLIENT_SECRET, "logins", "")).await;
    assert!(place(&nobody).starts_with("/setup?"), "nobody is named");

    let done = owner.post("/setup", &form(&code, CLIENT_SECRET, "logins", "ada")).await;
    assert_eq!((done.status().as_u16(), place(&done)), (303, "/"));
    for path in [format!("/setup?code={code}"), "/setup".into()] {
        assert_eq!(owner.get(&path).await.status(), 404, "closed");
    }
    assert_eq!(owner.post("/setup", &form(&code, CLIENT_SECRET, "everyone", "")).await.status(), 404);
    let (ada, status) = sign_in(&slipway, &github, "ada").await;
    assert_eq!((status, list(&ada).await), (303, 200));
    assert_eq!(sign_in(&slipway, &github, "bob").await.1, 403, "he is not named");
    let wanted = serde_json::json!({ "query": "", "chosen": "", "fresh": false });
    assert_eq!(ada.call("start/repositories", wanted).await.0, 200);

    slipway.stop();
    let mut kept = Vec::new();
    for name in ["slipway.db", "slipway.db-wal"] {
        kept.extend(std::fs::read(folder.path().join("data").join(name)).unwrap_or_default());
    }
    let secret = CLIENT_SECRET.as_bytes();
    assert!(!kept.windows(secret.len()).any(|part| part == secret), "the secret is sealed");
    let again = Slipway::start(&folder, &github, &[]);
    assert_eq!(again.visitor().get("/setup").await.status(), 404, "it was set up");
    assert_eq!(sign_in(&again, &github, "ada").await.1, 303);
    again.stop();
    let named = [
        ("SLIPWAY_GITHUB_CLIENT_ID", CLIENT_ID),
        ("SLIPWAY_GITHUB_CLIENT_SECRET", CLIENT_SECRET),
        ("SLIPWAY_ALLOW", "bob"),
    ];
    let environment = Slipway::start(&folder, &github, &named);
    assert_eq!(sign_in(&environment, &github, "ada").await.1, 403, "the environment wins");
    assert_eq!(sign_in(&environment, &github, "bob").await.1, 303);
}

#[tokio::test]
async fn who_guesses_the_code_finds_nothing_and_has_to_wait() {
    let github = GitHub::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut slipway = Slipway::start(&folder, &github, &[]);
    let code = slipway.read_code();
    let stranger = slipway.visitor();
    for guess in 0..10 {
        let answer = stranger.get(&format!("/setup?code=guess{guess}")).await;
        assert_eq!(answer.status(), 404);
    }
    assert_eq!(stranger.get("/setup?code=guess").await.status(), 429);
    assert_eq!(stranger.get(&format!("/setup?code={code}")).await.status(), 429, "nothing is told meanwhile");
    let (status, _) = stranger.call("setup/page", serde_json::json!({})).await;
    assert_eq!(status, 404, "nothing is told by the function either");
}

#[tokio::test]
async fn a_github_that_cannot_be_reached_is_said() {
    let github = GitHub::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut slipway = Slipway::start(&folder, &github, &[]);
    let code = slipway.read_code();
    drop(github);
    let mut owner = slipway.visitor();
    let failed = owner.post("/setup", &form(&code, CLIENT_SECRET, "everyone", "")).await;
    let back = place(&failed).to_owned();
    owner.cookie = crate::stage::cookie(&failed);
    let page = owner.get(&back).await.text().await.unwrap();
    assert!(page.contains("GitHub did not answer"), "{page}");
}
