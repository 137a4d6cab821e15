//! Signing in with GitHub, as a browser does it.

use reqwest::{Method, header};
use serde_json::{Value, json};
use slipway_engine::Allow;
use slipway_github::Addresses;
use slipway_server::{Config, config::GitHub as App};
use slipway_test_support::github::{CLIENT_ID, CLIENT_SECRET, GitHub};

use crate::stage::{Stage, Visitor, cookie, place};

/// A GitHub where ada and bob are, and a server for those who `allow` names.
async fn stage(allow: Allow) -> (GitHub, Stage) {
    stage_with(allow, |_| {}).await
}

pub(crate) async fn stage_with(allow: Allow, change: impl FnOnce(&mut Config)) -> (GitHub, Stage) {
    let github = GitHub::start().await.unwrap();
    github.add_person("ada");
    github.add_person("bob");
    github.add_organisation("acme", &["ada"]);
    github.add_repository("ada/secret", true, &["ada"]);
    github.add_repository("acme/widgets", true, &["ada", "bob"]);
    let url = github.url();
    let stage = Stage::start_with(|config| {
        config.web.local = false;
        config.github = Some(App {
            client_id: CLIENT_ID.into(),
            client_secret: CLIENT_SECRET.into(),
            allow,
            addresses: Addresses { web: url.clone(), api: url.clone(), git: url },
        });
        change(config);
    })
    .await;
    (github, stage)
}

/// Follows the link; returns where GitHub's page is, and keeps the cookie.
pub(crate) async fn begin(visitor: &mut Visitor, next: &str) -> String {
    let answer = visitor.get(&format!("/auth/github?next={next}")).await;
    assert_eq!(answer.status(), 303);
    visitor.cookie = cookie(&answer).or(visitor.cookie.take());
    place(&answer).to_owned()
}

/// Comes back from GitHub.
pub(crate) async fn come_back(visitor: &mut Visitor, address: &str) -> reqwest::Response {
    let path = address.split_once("/auth").map(|(_, rest)| format!("/auth{rest}")).unwrap();
    let answer = visitor.get(&path).await;
    if let Some(fresh) = cookie(&answer) {
        visitor.cookie = Some(fresh);
    }
    answer
}

pub(crate) async fn signed_in(stage: &Stage, github: &GitHub, login: &str) -> Visitor {
    let mut visitor = stage.stranger();
    let page = begin(&mut visitor, "").await;
    let answer = come_back(&mut visitor, &github.agree(&page, login).address).await;
    assert_eq!((answer.status().as_u16(), place(&answer)), (303, "/sessions"));
    visitor
}

pub(crate) async fn list(visitor: &Visitor) -> u16 {
    visitor.call("sessions/list", json!({ "filter": "active", "query": "" })).await.0
}

#[tokio::test]
async fn a_person_signs_in_and_lands_where_they_wanted_to_be() {
    let (github, stage) = stage(Allow::Everyone).await;
    let mut visitor = stage.stranger();
    assert!(visitor.get("/").await.text().await.unwrap().contains("Sign in with GitHub"));
    let page = begin(&mut visitor, "/sessions/new").await;
    assert!(page.starts_with(&format!("{}/login/oauth/authorize?", github.url())), "{page}");
    assert!(page.contains("code_challenge_method=S256") && !page.contains(CLIENT_SECRET), "{page}");
    let before = visitor.cookie.clone();
    let answer = come_back(&mut visitor, &github.agree(&page, "ada").address).await;
    assert_eq!((answer.status().as_u16(), place(&answer)), (303, "/sessions/new"));
    assert_ne!(visitor.cookie, before, "a new id at sign-in");
    assert_eq!(list(&visitor).await, 200);
    assert_eq!(list(&stage.stranger()).await, 401);

    visitor.post("/auth/logout", "").await;
    assert_eq!(list(&visitor).await, 401);
}

#[tokio::test]
async fn whoever_cancels_is_where_they_were() {
    let (github, stage) = stage(Allow::Everyone).await;
    let mut visitor = stage.stranger();
    let page = begin(&mut visitor, "").await;
    let answer = come_back(&mut visitor, &github.agree(&page, "").address).await;
    assert_eq!((answer.status().as_u16(), place(&answer)), (303, "/"));
    assert_eq!(list(&visitor).await, 401);
}

#[tokio::test]
async fn a_return_is_good_once_and_in_the_browser_that_began_it() {
    let (github, stage) = stage(Allow::Everyone).await;
    let (mut visitor, mut other) = (stage.stranger(), stage.stranger());
    let page = begin(&mut visitor, "").await;
    begin(&mut other, "").await;
    let returned = github.agree(&page, "ada");

    let stolen = come_back(&mut other, &returned.address).await;
    assert_eq!(stolen.status(), 403, "another browser");
    let mut stranger = stage.stranger();
    assert_eq!(come_back(&mut stranger, &returned.address).await.status(), 403, "no browser at all");
    let forged = returned.address.replace(&returned.state, "forged");
    assert_eq!(come_back(&mut visitor, &forged).await.status(), 403);
    assert_eq!(come_back(&mut visitor, &returned.address).await.status(), 403, "one try");

    let page = begin(&mut visitor, "").await;
    let returned = github.agree(&page, "ada");
    assert_eq!(come_back(&mut visitor, &returned.address).await.status(), 303);
    let replayed = come_back(&mut visitor, &returned.address).await;
    assert_eq!(replayed.status(), 403);
    for visitor in [&other, &stranger] {
        assert_eq!(list(visitor).await, 401);
    }
}

#[tokio::test]
async fn only_those_who_are_named_are_let_in() {
    let (github, stage) = stage(Allow::Organisation("acme".into())).await;
    assert_eq!(list(&signed_in(&stage, &github, "ada").await).await, 200);
    let mut bob = stage.stranger();
    let page = begin(&mut bob, "").await;
    let refused = come_back(&mut bob, &github.agree(&page, "bob").address).await;
    assert_eq!(refused.status(), 403);
    let told = refused.text().await.unwrap();
    assert!(told.contains("bob may not use this installation of Slipway."), "{told}");
    assert_eq!(list(&bob).await, 401);
}

#[tokio::test]
async fn each_sees_what_github_lets_them_see_and_no_folder_of_this_machine() {
    let (github, stage) = stage(Allow::Everyone).await;
    let (ada, bob) = (signed_in(&stage, &github, "ada").await, signed_in(&stage, &github, "bob").await);
    let names = async |visitor: &Visitor| {
        let (status, page) = visitor.call("start/page", json!({ "repository": null })).await;
        assert_eq!(status, 200, "{page}");
        let names = page["repositories"].as_array().unwrap().iter();
        names.map(|held| held["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&ada).await, ["ada/secret", "acme/widgets"]);
    assert_eq!(names(&bob).await, ["acme/widgets"]);
    for hidden in ["ada/secret", "sample/tide", "local/x"] {
        let (status, _) = bob.call("start/branches", json!({ "repository": hidden })).await;
        assert_eq!(status, 404, "{hidden}");
    }
    assert_eq!(bob.post("/auth/local", "").await.status(), 403, "local mode is off");

    github.revoke("bob");
    let (status, told) = bob.call("start/branches", json!({ "repository": "acme/widgets" })).await;
    assert_eq!(
        (status, &told["sentence"]),
        (401, &json!("GitHub no longer accepts your sign-in. Sign in again.")),
        "{told}"
    );
}

#[tokio::test]
async fn no_secret_is_in_the_database_or_in_a_page() {
    let (github, stage) = stage(Allow::Everyone).await;
    github.expire_after(28_800);
    let ada = signed_in(&stage, &github, "ada").await;
    let mut pages = String::new();
    for path in ["/", "/sessions", "/sessions/new"] {
        pages += &ada.get(path).await.text().await.unwrap();
    }
    let cookie = ada.cookie.clone().unwrap();
    let value = cookie.split_once('=').unwrap().1.to_owned();
    let data = stage.data();
    let mut kept = Vec::new();
    for name in ["slipway.db", "slipway.db-wal"] {
        kept.extend(std::fs::read(data.join(name)).unwrap_or_default());
    }
    assert!(!kept.is_empty() && kept.windows(3).any(|part| part == b"ada"), "this is the database");
    for secret in github.secrets().iter().chain([&value]) {
        assert!(!pages.contains(secret.as_str()), "in a page");
        assert!(!kept.windows(secret.len()).any(|part| part == secret.as_bytes()), "in the database");
    }
}

#[tokio::test]
async fn nobody_signs_in_with_github_where_no_app_is_named() {
    let stage = Stage::start().await;
    let stranger = stage.stranger();
    assert_eq!(stranger.get("/auth/github").await.status(), 404);
    assert_eq!(
        stranger
            .send(Method::GET, "/auth/github/callback?code=x&state=y", &[(header::ACCEPT, "text/html")], "")
            .await
            .status(),
        404
    );
    let page: Value = stranger.get("/").await.text().await.unwrap().into();
    assert!(!page.as_str().unwrap().contains("Sign in with GitHub"));
}
