//! The whole program over PostgreSQL: a session is made, its answer streams, the server is killed in its midst and starts
//! again, and what was said is found.

use std::env;

use serde_json::json;

use crate::{
    running::Running,
    tab::{Tab, said, stored},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_on_postgres() {
    let Ok(url) = env::var("SLIPWAY_TEST_POSTGRES_URL") else {
        let reason = "SLIPWAY_TEST_POSTGRES_URL names no PostgreSQL server";
        assert!(env::var("SLIPWAY_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{reason}");
        return println!("passed over: {reason}");
    };
    // The stories of the store make databases of their own there; this one takes the one that is named.
    let mut server = Running::start(&[("SLIPWAY_DATABASE_URL", &url)]).await;
    let message = "Tell of the lighthouse.\n/say The lighthouse keeps\n/hold light\n/say its promise.";
    let session = server.person.create_session_saying(message).await;
    let mut tab = Tab::open(&server.person, &session).await;
    let begun = tab.until(|view| said(view).contains("keeps")).await;
    assert!(begun.head.phase.is_busy());

    server.kill_and_start_again();
    server.control.open_gate("light").await.unwrap();
    let mut tab = Tab::open(&server.person, &session).await;
    let seen = tab.ended("promise.").await;
    assert_eq!(said(&seen).matches("The lighthouse keeps").count(), 1);
    assert_eq!(stored(&server.person, &session).await.messages, seen.messages);

    let found = json!({ "query": "KEEPS lighth", "before": null });
    let (status, found) = server.person.call("sessions/search", found).await;
    assert_eq!(status, 200, "{found}");
    let hit = found["hits"].as_array().unwrap().iter().find(|hit| hit["session"] == json!(session)).unwrap();
    assert_eq!((&hit["role"], &hit["message"]), (&json!("agent"), &json!(seen.messages[1].message.id)));
    let page = server.person.get("/sessions?q=keeps+lighth").await.text().await.unwrap();
    assert!(page.contains("In conversations") && page.contains("<mark>lighthouse"), "{page}");
    let (_, list) = server.person.call("sessions/list", json!({ "filter": "active", "query": "" })).await;
    assert!(list["sessions"].as_array().unwrap().iter().any(|line| line["id"] == json!(session)));
}
