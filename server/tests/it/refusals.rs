//! Bad input gets a clear sentence and changes nothing.

use serde_json::{Value, json};
use slipway_protocol::{Author, Person, SessionHead, SessionId, UserId};
use slipway_store::Store;

use crate::stage::{Stage, Visitor, new_id};

fn new(page: &Value, changes: Value) -> Value {
    let mut new = json!({
        "id": new_id("session"), "repository": page["repository"], "base_branch": "", "mode": "build", "model": null,
        "prompt": new_id("prompt"), "message": "Mend the clock",
    });
    new.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "new": new })
}

async fn sessions(person: &Visitor) -> Value {
    person.call("sessions/list", json!({ "filter": "active", "query": "" })).await.1["sessions"].clone()
}

#[tokio::test]
async fn a_session_that_cannot_be_is_refused_in_words() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let (_, page) = person.call("start/page", json!({ "repository": null })).await;
    let name = page["repositories"][0]["name"].as_str().unwrap().to_owned();
    let cases = [
        (
            json!({ "repository": "local/none" }),
            404,
            "There is no repository “local/none” here, or you may not read it.".into(),
        ),
        (
            json!({ "repository": "../etc" }),
            404,
            "There is no repository “../etc” here, or you may not read it.".into(),
        ),
        (json!({ "base_branch": "gone" }), 400, format!("The branch “gone” does not exist in {name}.")),
        (json!({ "message": " \n " }), 400, "The message is empty. Say what the agent should do.".into()),
        (
            json!({ "message": "x".repeat(300_000) }),
            413,
            "This message is too long: 256 KB fit. Put long material into a file of the repository.".into(),
        ),
        (
            json!({ "message": "x".repeat(2_000_000) }),
            413,
            "This is too large: 1 MB fits into one request.".into(),
        ),
        (
            json!({ "id": "../../x" }),
            400,
            "The id of a session is 8 to 36 letters, digits and hyphens.".into(),
        ),
        (json!({ "id": "" }), 400, "The id of a session is 8 to 36 letters, digits and hyphens.".into()),
        (json!({ "mode": "wild" }), 400, "The request could not be understood.".into()),
    ];
    for (changes, expected, sentence) in cases {
        let (status, said) = person.call("start/create", new(&page, changes.clone())).await;
        assert_eq!(
            (status, said["sentence"].as_str()),
            (expected, Some(&*sentence)),
            "{:.80}",
            changes.to_string()
        );
    }
    assert_eq!(sessions(&person).await, json!([]));
}

#[tokio::test]
async fn a_message_that_cannot_be_sent_is_refused_in_words() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let session = person.create_session().await;
    // Commands are applied in their order: after this one the session's first message is in its queue.
    let command = json!({ "id": "after-the-first", "command": { "command": "set-mode", "mode": "build" } });
    let applied = person.call("sessions/submit", json!({ "session": session, "command": command })).await;
    assert_eq!(applied, (200, json!({ "outcome": "applied" })));
    let (_, before) = person.call("sessions/get", json!({ "session": session })).await;
    assert_eq!(before["queue"][0]["text"], "Mend the clock");
    for (text, expected) in [(String::new(), 400), ("x".repeat(300_000), 413), ("x".repeat(2_000_000), 413)] {
        let command =
            json!({ "command": "prompt", "prompt": "p-1", "text": text, "mode": null, "model": null });
        let command = json!({ "id": "p-1", "command": command });
        let answer = person.call("sessions/submit", json!({ "session": session, "command": command })).await;
        assert_eq!((answer.0, answer.1["sentence"].is_string()), (expected, true), "{}", answer.1);
    }
    let (_, after) = person.call("sessions/get", json!({ "session": session })).await;
    assert_eq!((&after["queue"], &after["messages"]), (&before["queue"], &before["messages"]));
}

/// Another's session looks like one that never was, wherever one asks.
#[tokio::test]
async fn a_session_of_somebody_else_is_nowhere() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let store = Store::open(stage.database_url()).await.unwrap();
    let eve = store.ensure_user(&UserId::new("eve"), "Eve", 1).await.unwrap();
    // As a session of this person is, in her own name.
    let mine = SessionId::new(person.create_session().await);
    let mine = store.session(&mine).await.unwrap().unwrap().head;
    let (id, title) = (SessionId::new("session-of-eve"), "Secret of Eve".to_owned());
    let hers = SessionHead { id, title, ..mine.clone() };
    assert!(store.create_session(&hers, &eve.id, &[], &author(&eve), None, 1).await.unwrap());

    for id in [hers.id.as_str(), "nosuchsession", "x", "../x", "%00", "ü"] {
        let asked = json!({ "id": "c-1", "command": { "command": "rename", "title": "Mine" } });
        let calls = [
            ("sessions/get", json!({ "session": id })),
            ("sessions/get", json!({ "session": id, "at": "m1" })),
            ("sessions/older", json!({ "session": id, "before": 9 })),
            ("sessions/newer", json!({ "session": id, "after": 0 })),
            ("sessions/seen", json!({ "session": id, "revision": 1 })),
            ("sessions/submit", json!({ "session": id, "command": asked })),
        ];
        for (function, arguments) in calls {
            let (status, said) = person.call(function, arguments).await;
            assert_eq!((status, &said["kind"]), (404, &json!("not-found")), "{function} {id}");
        }
        let path = id.replace('/', "%2f").replace('ü', "%C3%BC");
        let page = person.get(&format!("/sessions/{path}")).await;
        assert_eq!(page.status(), 404, "{id}");
        assert!(!page.text().await.unwrap().contains("Secret of Eve"));
        let mut socket = person.open(&format!("/sessions/{path}/live")).await.unwrap();
        socket.say(r#"{"cursor":null,"open":[]}"#).await;
        assert_eq!(socket.text().await.as_deref(), Some(r#"{"frame":"gone"}"#), "{id}");
    }
    // Nor can the id be taken.
    let (_, page) = person.call("start/page", json!({ "repository": null })).await;
    let (status, _) = person.call("start/create", new(&page, json!({ "id": hers.id }))).await;
    assert_eq!(status, 404);
    let listed = sessions(&person).await;
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &json!(mine.id)));
    let (_, found) = person.call("sessions/search", json!({ "query": "secret", "before": null })).await;
    assert_eq!(found["hits"], json!([]));
    assert_eq!(store.session(&hers.id).await.unwrap().unwrap().head, hers);
    store.close().await;
}

fn author(person: &Person) -> Author {
    Author { id: person.id.clone(), name: person.name.clone() }
}
