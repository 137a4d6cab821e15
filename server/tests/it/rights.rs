//! Who may do what: every address there is, for each kind of visitor. A new one without a line here fails.

use reqwest::{Method, header};
use serde_json::{Value, json};
use slipway_engine::Allow;
use slipway_protocol::Phase;
use slipway_server::Server;
use slipway_test_support::github::GitHub;

use crate::{
    devices::Behind,
    github::{signed_in, stage_with},
    running::until,
    stage::{Stage, Visitor, new_id},
    tab::stored,
};

const REPOSITORY: &str = "ada/secret";
const ELSEWHERE: &str = "http://evil.example.org";

/// The session's owner; somebody else who is signed in; nobody; whose sign-in is over; the owner's browser on another site's page.
const VISITORS: [&str; 5] = ["owner", "other", "nobody", "expired", "foreign"];

/// What is sent there, and the status for each visitor.
struct Line {
    address: &'static str,
    body: Body,
    statuses: [u16; 5],
}

enum Body {
    Nothing,
    Json(Value),
    Form(String),
    /// A WebSocket: one that says at once that there is nothing counts as 404.
    Socket,
}

/// For who is signed in, each their own.
const OWN: [u16; 5] = [200, 200, 401, 401, 403];
/// For the session's owner.
const OWNED: [u16; 5] = [200, 404, 401, 401, 403];
/// For the installation's owner, who is told what is wrong with it, or that there is no such thing.
const OF_INSTALLATION: [u16; 5] = [400, 403, 401, 401, 403];
const OF_INSTALLATION_AND_EMPTY: [u16; 5] = [404, 403, 401, 401, 403];
/// The owner is allowed in, and told that there is no such thing in it.
const OWNED_AND_EMPTY: [u16; 5] = [404, 404, 401, 401, 403];
/// Pages are read from anywhere: what another site asks for it cannot read.
const PAGE: [u16; 5] = [200, 200, 302, 302, 200];
const PAGE_OF_SESSION: [u16; 5] = [200, 404, 302, 302, 200];
const FOR_ALL: [u16; 5] = [200; 5];
const NOT_HERE: [u16; 5] = [404; 5];

fn lines(session: &str) -> Vec<Line> {
    let line = |address, body, statuses| Line { address, body, statuses };
    let page = |address, statuses| line(address, Body::Nothing, statuses);
    let call = |address, arguments: Value, statuses| line(address, Body::Json(arguments), statuses);
    let of_session = |address, more: Value, statuses| {
        let mut arguments = json!({ "session": session });
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        line(address, Body::Json(arguments), statuses)
    };
    let form = |address, text: String, statuses| line(address, Body::Form(text), statuses);
    let id = || new_id("something");
    let rename = json!({ "id": id(), "command": { "command": "rename", "title": "Clocks" } });
    let new = json!({
        "id": id(), "repository": REPOSITORY, "base_branch": "", "mode": "build", "model": null, "prompt": id(),
        "message": "Mend the clock",
    });
    let comment = json!({
        "id": "comment0001", "path": "a.txt", "side": "new", "line": 1, "line_text": "a", "body": "Why?", "created_at": 1,
        "sent_at": null,
    });
    let provider = json!({ "kind": "openai-compatible", "name": "", "base_url": "", "api_key": "" });
    let start = format!("form_id={}&repository=ada%2Fsecret&mode=build&message=Mend+it", id());
    let send = format!("session={session}&form_id={}&text=And+the+bell", id());
    vec![
        page("GET /", [302, 302, 200, 200, 302]),
        page("GET /sessions", PAGE),
        page("GET /sessions/new", PAGE),
        page("GET /sessions/{id}", PAGE_OF_SESSION),
        page("GET /sessions/{id}/changes", PAGE_OF_SESSION),
        page("GET /settings", PAGE),
        // Only builds for development have it.
        page("GET /design", FOR_ALL),
        page("GET /settings/audit", PAGE_OF_SESSION),
        page("GET /agents", [308; 5]),
        page("GET /agents/{id}", [308; 5]),
        page("GET /healthz", FOR_ALL),
        // There is no agent in this story.
        page("GET /readyz", [503; 5]),
        // People can sign in here, so nothing is to be set up.
        page("GET /setup", NOT_HERE),
        form(
            "POST /setup",
            "code=x&client_id=x&client_secret=x&who=everyone".into(),
            [404, 404, 404, 404, 403],
        ),
        page("GET /auth/github", [303; 5]),
        // Nobody has begun.
        page("GET /auth/github/callback", [403; 5]),
        form("POST /auth/local", String::new(), [403; 5]),
        form("POST /auth/logout", String::new(), [303, 303, 303, 303, 403]),
        form("POST /auth/devices", String::new(), [303, 303, 401, 401, 403]),
        line("GET /live", Body::Socket, [101, 101, 401, 401, 403]),
        line("GET /sessions/{id}/live", Body::Socket, [101, 404, 401, 401, 403]),
        call("PUT /sessions/{id}/attachments/{file}", json!("content"), OWNED),
        page("GET /sessions/{id}/attachments/{file}", [200, 404, 401, 401, 200]),
        page("DELETE /sessions/{id}/attachments/{file}", [204, 404, 401, 401, 403]),
        call("POST /reports", json!("panicked"), [204, 204, 401, 401, 403]),
        call("POST /api/models", json!({}), OWN),
        call("POST /api/account/page", json!({}), OWN),
        call("POST /api/account/preferences", json!({ "wanted": { "mode": "plan", "model": null } }), OWN),
        call("POST /api/providers/list", json!({}), OWN),
        call("POST /api/providers/add", json!({ "new": provider }), OF_INSTALLATION),
        call("POST /api/providers/test", json!({ "id": "nobody" }), OF_INSTALLATION_AND_EMPTY),
        call("POST /api/providers/remove", json!({ "id": "nobody" }), OF_INSTALLATION_AND_EMPTY),
        call("POST /api/audit/page", json!({ "of": null, "before": null }), OWNED),
        call("POST /api/setup/page", json!({}), [404, 404, 404, 404, 403]),
        call("POST /api/start/page", json!({ "repository": null, "find": null }), OWN),
        call("POST /api/start/repositories", json!({ "query": "", "chosen": "", "fresh": false }), OWN),
        call("POST /api/start/branches", json!({ "repository": REPOSITORY }), OWNED),
        call("POST /api/start/create", json!({ "new": new }), OWNED),
        form("POST /api/start/form", start, OWNED),
        call("POST /api/sessions/list", json!({ "filter": "active", "query": "" }), OWN),
        call("POST /api/sessions/search", json!({ "query": "clock", "before": null }), OWN),
        of_session("POST /api/sessions/get", json!({ "at": null }), OWNED),
        of_session("POST /api/sessions/older", json!({ "before": 9 }), OWNED),
        of_session("POST /api/sessions/newer", json!({ "after": 0 }), OWNED),
        of_session("POST /api/sessions/part", json!({ "part": "p-1" }), OWNED_AND_EMPTY),
        of_session("POST /api/sessions/behind", json!({}), OWNED),
        of_session("POST /api/sessions/draft", json!({}), OWNED),
        of_session("POST /api/sessions/draft/save", json!({ "text": "And the" }), OWNED),
        of_session("POST /api/sessions/files", json!({ "typed": "a" }), OWNED),
        of_session("POST /api/sessions/seen", json!({ "revision": 1 }), OWNED),
        of_session("POST /api/sessions/submit", json!({ "command": rename }), OWNED),
        form("POST /api/sessions/send", send.clone(), OWNED),
        form("POST /api/sessions/stop", send, OWNED),
        of_session("POST /api/sessions/trust", json!({}), OWNED),
        of_session("POST /api/sessions/trust/decide", json!({ "trusted": true }), OWNED),
        form("POST /api/sessions/trust/form", format!("session={session}&trusted=false"), OWNED),
        of_session("POST /api/sessions/publishing/draft", json!({}), OWNED),
        of_session("POST /api/sessions/publishing/pull-request", json!({}), OWNED),
        of_session(
            "POST /api/sessions/publishing/fix",
            json!({ "finding": { "kind": "check-run", "id": 1 }, "prompt": id() }),
            OWNED_AND_EMPTY,
        ),
        of_session("POST /api/review/load", json!({ "turn": null }), OWNED),
        of_session("POST /api/review/file", json!({ "turn": null, "path": "a.txt" }), OWNED_AND_EMPTY),
        of_session("POST /api/review/viewed", json!({ "path": "a.txt", "digest": null }), OWNED),
        of_session("POST /api/review/comment", json!({ "comment": comment }), OWNED),
        of_session("POST /api/review/send", json!({ "prompt": id(), "ids": ["comment0001"] }), OWNED),
        of_session("POST /api/review/remove", json!({ "ids": ["comment0001"] }), OWNED),
    ]
}

/// Everybody anew, so that who has signed out in one line is there again in the next.
async fn visitors(stage: &Stage, github: &GitHub) -> [(Visitor, String); 5] {
    let (owner, other) = (signed_in(stage, github, "ada").await, signed_in(stage, github, "bob").await);
    let (foreign, expired) = (signed_in(stage, github, "ada").await, signed_in(stage, github, "ada").await);
    Behind::of(stage, &expired).await.put(Some("github-1000"), 1).await;
    let here = || stage.origin();
    [
        (owner, here()),
        (other, here()),
        (stage.stranger(), here()),
        (expired, here()),
        (foreign, ELSEWHERE.into()),
    ]
}

/// The status, and what was said where that is JSON.
async fn ask((visitor, origin): &(Visitor, String), line: &Line, session: &str) -> (u16, Value) {
    let (method, path) = line.address.split_once(' ').unwrap();
    let (method, path) = (Method::from_bytes(method.as_bytes()).unwrap(), path.replace("{id}", session));
    let path = path.replace("{file}", "attachment01");
    let (kind, accept, body) = match &line.body {
        Body::Socket if *origin == visitor.origin => return (knock(visitor, &path).await, Value::Null),
        Body::Nothing | Body::Socket => ("text/plain", "text/html", String::new()),
        Body::Json(arguments) => ("application/json", "application/json", arguments.to_string()),
        Body::Form(text) => ("application/x-www-form-urlencoded", "application/json", text.clone()),
    };
    let mut headers =
        vec![(header::ORIGIN, &**origin), (header::ACCEPT, accept), (header::CONTENT_TYPE, kind)];
    if let Body::Socket = line.body {
        headers.push((header::CONNECTION, "upgrade"));
        headers.push((header::UPGRADE, "websocket"));
        headers.push((header::SEC_WEBSOCKET_VERSION, "13"));
        headers.push((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="));
    }
    let answer = visitor.send(method, &path, &headers, &body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

async fn knock(visitor: &Visitor, path: &str) -> u16 {
    let mut socket = match visitor.open(path).await {
        Ok(socket) => socket,
        Err(status) => return status,
    };
    if path.starts_with("/sessions/") {
        socket.say(r#"{"cursor":null,"open":[]}"#).await;
    }
    let first = socket.text().await.unwrap();
    if first == r#"{"frame":"gone"}"# { 404 } else { 101 }
}

#[tokio::test]
async fn each_address_knows_who_may_use_it() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    github.add_code(REPOSITORY, &[("a.txt", "a\n")]);
    let ada = signed_in(&stage, &github, "ada").await;
    let session = new_id("session");
    let new = json!({
        "id": session, "repository": REPOSITORY, "base_branch": "", "mode": "build", "model": null,
        "prompt": new_id("prompt"), "message": "Mend the clock",
    });
    assert_eq!(ada.call("start/create", json!({ "new": new })).await.0, 200);

    let lines = lines(&session);
    let (mut known, mut there) =
        (lines.iter().map(|line| line.address.to_owned()).collect(), addresses().await);
    for list in [&mut known, &mut there] as [&mut Vec<String>; 2] {
        list.sort();
        list.dedup();
    }
    assert_eq!(known, there, "each address has a line, and each line an address");

    let mut wrong = Vec::new();
    for line in &lines {
        let everybody = visitors(&stage, &github).await;
        let (owner, _) = &everybody[0];
        // There is no agent in this story, so a start fails; while one is under way some things are refused.
        until("the session rests", async || {
            (stored(owner, &session).await.head.phase == Phase::Failed).then_some(())
        })
        .await;
        let mut statuses = [0; 5];
        for (at, visitor) in everybody.iter().enumerate() {
            let (status, said) = ask(visitor, line, &session).await;
            statuses[at] = status;
            let hides = said["sentence"] == "There is no such session, or it is not yours.";
            if VISITORS[at] == "owner" && hides {
                wrong.push(format!("{}: the owner is told that it is not theirs", line.address));
            }
        }
        if statuses != line.statuses {
            wrong.push(format!("{}: {statuses:?} instead of {:?}", line.address, line.statuses));
        }
    }
    assert_eq!(wrong, [""; 0], "of {VISITORS:?}");
}

/// As the program itself knows them.
async fn addresses() -> Vec<String> {
    let stage = Stage::start().await;
    let (config, _folder) = stage.end().await;
    Server::start(&config, "127.0.0.1:1".parse().unwrap()).await.unwrap().addresses()
}
