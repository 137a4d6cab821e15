//! Who loses a repository at GitHub is out of its sessions by every address, also where a page is open.

use std::time::Duration;

use serde_json::{Value, json};
use slipway_engine::{AccessTimes, Allow};
use slipway_test_support::github::Fault;

use crate::{
    github::{signed_in, stage_with},
    stage::{Visitor, new_id},
};

const WIDGETS: &str = "acme/widgets";
const NOTHING_HELD: &str = r#"{"cursor":null,"open":[]}"#;

async fn begin(visitor: &Visitor, repository: &str) -> String {
    let (id, prompt) = (new_id("session"), new_id("prompt"));
    let new = json!({
        "id": id, "repository": repository, "base_branch": "", "mode": "build", "model": null, "prompt": prompt,
        "message": "Mend the clock",
    });
    assert_eq!(visitor.call("start/create", json!({ "new": new })).await, (200, json!(id)));
    id
}

/// The status of each way in.
async fn ways_in(visitor: &Visitor, id: &str) -> Vec<u16> {
    let command = json!({"id": new_id("command"), "command": {"command": "rename", "title": "Clocks"}});
    let calls = [
        ("sessions/get", json!({ "session": id, "at": null })),
        ("sessions/older", json!({ "session": id, "before": 9 })),
        ("sessions/newer", json!({ "session": id, "after": 0 })),
        ("sessions/seen", json!({ "session": id, "revision": 1 })),
        ("sessions/submit", json!({ "session": id, "command": command })),
        ("sessions/draft", json!({ "session": id })),
        ("sessions/draft/save", json!({ "session": id, "text": "x" })),
        ("sessions/files", json!({ "session": id, "typed": "x" })),
    ];
    let mut statuses = vec![visitor.get(&format!("/sessions/{id}")).await.status().as_u16()];
    for (function, arguments) in calls {
        statuses.push(visitor.call(function, arguments).await.0);
    }
    statuses
}

async fn listed(visitor: &Visitor) -> Vec<String> {
    let (_, list) = visitor.call("sessions/list", json!({ "filter": "active", "query": "" })).await;
    let sessions = list["sessions"].as_array().unwrap().iter();
    sessions.map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

fn is(kind: &'static str) -> impl Fn(&Value) -> bool {
    move |frame| frame["frame"] == kind
}

#[tokio::test]
async fn who_loses_a_repository_is_out_by_every_address() {
    let times = AccessTimes { fresh: Duration::ZERO, kept: Duration::ZERO };
    let (github, stage) = stage_with(Allow::Everyone, |config| config.access = times).await;
    let (ada, bob) = (signed_in(&stage, &github, "ada").await, signed_in(&stage, &github, "bob").await);
    let (shared, own) = (begin(&ada, WIDGETS).await, begin(&ada, "ada/secret").await);
    assert_eq!(ways_in(&ada, &shared).await, [200; 9]);
    assert_eq!(
        ways_in(&bob, &shared).await,
        [404; 9],
        "another's session, though he may read the repository"
    );

    github.shut_out(WIDGETS, "ada");
    assert_eq!(ways_in(&ada, &shared).await, [404; 9]);
    assert_eq!(listed(&ada).await, std::slice::from_ref(&own));
    let mut socket = ada.open(&format!("/sessions/{shared}/live")).await.unwrap();
    socket.say(NOTHING_HELD).await;
    assert_eq!(socket.text().await.as_deref(), Some(r#"{"frame":"gone"}"#));

    github.fail(Some(Fault::BadGateway));
    assert_eq!(ways_in(&ada, &own).await, [502; 9], "nobody can be asked");
    github.fail(None);
    github.let_in(WIDGETS, "ada");
    assert_eq!(ways_in(&ada, &shared).await, [200; 9]);
}

#[tokio::test]
async fn an_open_page_is_told_when_its_repository_is_lost() {
    let times = AccessTimes { fresh: Duration::from_millis(80), kept: Duration::from_mins(15) };
    let (github, stage) = stage_with(Allow::Everyone, |config| config.access = times).await;
    let ada = signed_in(&stage, &github, "ada").await;
    let id = begin(&ada, WIDGETS).await;
    let mut session = ada.open(&format!("/sessions/{id}/live")).await.unwrap();
    session.say(NOTHING_HELD).await;
    session.hear(is("snapshot")).await;
    let mut list = ada.open("/live").await.unwrap();
    list.hear(is("all")).await;
    github.shut_out(WIDGETS, "ada");
    session.hear(is("gone")).await;
    assert_eq!(session.end().await, 1000);
    let counts = json!({"active": 0, "archived": 0});
    list.hear(|frame| *frame == json!({"frame": "gone", "session": id, "counts": counts})).await;
}

#[tokio::test]
async fn who_takes_the_rights_away_at_github_is_told_to_sign_in_again() {
    let times = AccessTimes { fresh: Duration::ZERO, kept: Duration::from_mins(15) };
    let (github, stage) = stage_with(Allow::Everyone, |config| config.access = times).await;
    let ada = signed_in(&stage, &github, "ada").await;
    let id = begin(&ada, WIDGETS).await;
    github.revoke("ada");
    assert_eq!(ways_in(&ada, &id).await, [401; 9]);
    let mut socket = ada.open(&format!("/sessions/{id}/live")).await.unwrap();
    socket.say(NOTHING_HELD).await;
    assert_eq!(socket.end().await, 4401);
    for path in ["/sessions/new".to_owned(), format!("/sessions/{id}"), format!("/sessions/{id}/changes")] {
        let page = ada.get(&path).await.text().await.unwrap();
        assert!(page.contains("GitHub no longer accepts your sign-in. Sign in again."), "{page}");
        assert!(page.contains(&format!("/auth/github?next={path}")), "one button, which leads back: {page}");
        assert!(!page.contains("Retry"), "and no other: {page}");
    }
}
