//! What is deleted is gone: from every folder and from the database, not only from sight.

use std::{fs, path::Path, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    scan::holding,
    stage::{Stage, Visitor, new_id},
};

/// In a message of the conversation, and in files.
const SAID: &str = "canary-that-was-said";
const WRITTEN: &str = "canary-that-was-written";

async fn submit(person: &Visitor, session: &str, command: serde_json::Value) {
    let command = json!({ "id": new_id("command"), "command": command });
    let (status, outcome) =
        person.call("sessions/submit", json!({ "session": session, "command": command })).await;
    assert_eq!((status, &outcome["outcome"]), (200, &json!("applied")), "{outcome}");
}

async fn until(what: &str, reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A session with a checkout, in which something was said and written.
async fn a_session(stage: &Stage, person: &Visitor) -> String {
    let id = person.create_session().await;
    let prompt =
        json!({ "command": "prompt", "prompt": new_id("prompt"), "text": SAID, "mode": null, "model": null });
    submit(person, &id, prompt).await;
    let folder = stage.data().join("sessions").join(&id);
    until("the checkout is there", || folder.join("work/.git/refs/slipway/base").exists()).await;
    for name in ["work/new.txt", "work/.git/note", "agent/store.db"] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, WRITTEN).unwrap();
    }
    std::os::unix::fs::symlink(WRITTEN, folder.join("work/link")).unwrap();
    id
}

/// The audit remembers that there was a session, so the database may hold its id, and nothing else of it.
fn left(stage: &Stage, id: &str) -> Vec<std::path::PathBuf> {
    let database =
        |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("slipway.db"));
    let mut found = holding(&stage.data(), &[SAID, WRITTEN]);
    found.extend(holding(&stage.data(), &[id]).into_iter().filter(|path| !database(path)));
    found.extend(holding(&stage.runtime(), &[SAID, WRITTEN, id]));
    found
}

#[tokio::test]
async fn a_deleted_session_leaves_nothing() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = a_session(&stage, &person).await;
    let other = person.create_session().await;
    let found = left(&stage, &id);
    assert!(found.len() > 5, "the scan finds what is there: {found:?}");

    submit(&person, &id, json!({ "command": "delete" })).await;
    assert_eq!(left(&stage, &id), [""; 0].map(std::path::PathBuf::from));
    let (status, _) = person.call("sessions/get", json!({ "session": id })).await;
    assert_eq!(status, 404);
    let (_, audit) = person.call("audit/page", json!({ "of": "local", "before": null })).await;
    let deeds = audit["entries"].as_array().unwrap().iter().filter(|entry| entry["subject"] == json!(id));
    let deeds: Vec<_> = deeds.map(|entry| &entry["deed"]).collect();
    assert_eq!(deeds, ["deleted-session", "created-session"], "that it was, by whom and when");
    let (status, _) = person.call("sessions/get", json!({ "session": other })).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_session_deleted_from_the_archive_leaves_nothing_either() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = a_session(&stage, &person).await;
    let folder = stage.data().join("sessions").join(&id);
    let object = stage.data().join(format!("archive/sessions/{id}.tar.zst"));

    submit(&person, &id, json!({ "command": "archive" })).await;
    until("it is packed", || object.exists() && !folder.exists()).await;
    submit(&person, &id, json!({ "command": "restore" })).await;
    until("it is unpacked", || folder.exists()).await;
    assert_eq!(fs::read_to_string(folder.join("work/new.txt")).unwrap(), WRITTEN);

    submit(&person, &id, json!({ "command": "archive" })).await;
    until("it is packed again", || object.exists() && !folder.exists()).await;
    submit(&person, &id, json!({ "command": "delete" })).await;
    assert_eq!(left(&stage, &id), [""; 0].map(std::path::PathBuf::from));
}
