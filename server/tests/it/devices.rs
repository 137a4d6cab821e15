//! Where somebody is signed in: seen, signed out, and over by itself some day.

use reqwest::header;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use slipway_engine::Allow;
use slipway_protocol::UserId;
use slipway_store::{Store, WebSession};
use slipway_test_support::github::CLIENT_ID;
use time::{Duration, OffsetDateTime};

use crate::{
    github::{begin, come_back, list, signed_in, stage_with},
    stage::{Stage, Visitor, place},
};

async fn devices(visitor: &Visitor) -> Vec<Value> {
    let (status, page) = visitor.call("account/page", json!({})).await;
    assert_eq!(status, 200, "{page}");
    page["devices"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_device_that_was_signed_out_is_out_at_once_with_what_it_had_open() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    let (here, there) = (signed_in(&stage, &github, "ada").await, signed_in(&stage, &github, "ada").await);
    let bob = signed_in(&stage, &github, "bob").await;
    let seen = devices(&here).await;
    assert_eq!(seen.iter().filter(|device| device["here"] == json!(true)).count(), 1);
    let other = seen.iter().find(|device| device["here"] == json!(false)).unwrap()["key"].as_str().unwrap();
    let page = here.get("/settings").await.text().await.unwrap();
    for shown in ["Signed-in devices", "This device", "Sign out everywhere", "Signed in with GitHub."] {
        assert!(page.contains(shown), "{shown}: {page}");
    }

    assert!(page.contains("This installation") && page.contains(CLIENT_ID), "ada was the first: {page}");
    let page = bob.get("/settings").await.text().await.unwrap();
    assert!(!page.contains("This installation"), "bob was not: {page}");

    let form = format!("device={other}");
    assert_eq!(place(&bob.post("/auth/devices", &form).await), "/settings");
    assert_eq!(list(&there).await, 200, "nobody signs out others");

    let mut socket = there.open("/live").await.unwrap();
    socket.hear(|frame| frame["frame"] == "all").await;
    let before = std::time::Instant::now();
    assert_eq!(place(&here.post("/auth/devices", &form).await), "/settings");
    assert_eq!(socket.end().await, 4401);
    assert!(before.elapsed() < std::time::Duration::from_secs(8), "not only with the next heartbeat");
    assert_eq!((list(&there).await, list(&here).await), (401, 200));
    assert_eq!(devices(&here).await.len(), 1);

    let there = signed_in(&stage, &github, "ada").await;
    assert_eq!(place(&here.post("/auth/devices", "").await), "/");
    assert_eq!([list(&here).await, list(&there).await, list(&bob).await], [401, 401, 200]);
    assert_eq!(here.post("/auth/devices", "").await.status(), 401);
}

/// The record behind a cookie, which a test makes older.
pub(crate) struct Behind {
    store: Store,
    key: String,
    data: Value,
}

impl Behind {
    pub(crate) async fn of(stage: &Stage, visitor: &Visitor) -> Self {
        let store = Store::open(stage.database_url()).await.unwrap();
        let cookie = visitor.cookie.clone().unwrap();
        let digest = Sha256::digest(cookie.split_once('=').unwrap().1);
        let key = digest.iter().fold(String::new(), |key, byte| format!("{key}{byte:02x}"));
        let data = store.web_session(&key, 0).await.unwrap().unwrap();
        Self { store, key, data: serde_json::from_slice(&data).unwrap() }
    }

    pub(crate) async fn put(self, user: Option<&str>, expires_at: i64) {
        let data = serde_json::to_vec(&self.data).unwrap();
        let user = user.map(UserId::new);
        let session = WebSession { key: self.key, data, user, device: None, expires_at };
        self.store.save_web_session(&session, 1).await.unwrap();
        self.store.close().await;
    }
}

fn ago(time: Duration) -> Value {
    serde_json::to_value(OffsetDateTime::now_utc() - time).unwrap()
}

const NEVER: i64 = 9_000_000_000_000;

#[tokio::test]
async fn a_sign_in_ends_when_it_was_not_used_for_long_and_in_any_case_after_ninety_days() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    Behind::of(&stage, &person).await.put(Some("local"), 1).await;
    assert_eq!(list(&person).await, 401, "not used");

    let person = stage.person().await;
    let mut behind = Behind::of(&stage, &person).await;
    behind.data["data"]["since"] = ago(Duration::days(89));
    behind.put(Some("local"), NEVER).await;
    assert_eq!(list(&person).await, 200);
    let mut behind = Behind::of(&stage, &person).await;
    behind.data["data"]["since"] = ago(Duration::days(91));
    behind.put(Some("local"), NEVER).await;
    assert_eq!(list(&person).await, 401, "used each day");
}

#[tokio::test]
async fn a_sign_in_is_used_for_another_thirty_days_whenever_it_is_used() {
    let stage = Stage::start().await;
    let mut person = stage.person().await;
    let mut behind = Behind::of(&stage, &person).await;
    behind.data["data"]["hour"] = json!(1);
    behind.put(Some("local"), NEVER).await;
    let answer = person.get("/sessions").await;
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(set.contains("Max-Age=2592000"), "{set}");
    person.cookie = crate::stage::cookie(&answer);
    assert_eq!(list(&person).await, 200);
}

#[tokio::test]
async fn who_reads_githubs_page_for_too_long_begins_again() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    let mut visitor = stage.stranger();
    let page = begin(&mut visitor, "").await;
    let mut behind = Behind::of(&stage, &visitor).await;
    behind.data["data"]["github"]["at"] = ago(Duration::minutes(11));
    behind.put(None, NEVER).await;
    let answer = come_back(&mut visitor, &github.agree(&page, "ada").address).await;
    assert_eq!(answer.status(), 403);
    let told = answer.text().await.unwrap();
    assert!(
        told.contains("This sign-in was not begun in this browser, or too long ago. Begin again."),
        "{told}"
    );
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example", "javascript:alert(1)"] {
        let mut visitor = stage.stranger();
        let page = begin(&mut visitor, next).await;
        let answer = come_back(&mut visitor, &github.agree(&page, "ada").address).await;
        assert_eq!(place(&answer), "/sessions", "{next}");
    }
}
