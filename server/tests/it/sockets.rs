use serde_json::{Value, json};

use crate::stage::{Stage, Visitor};

const NOTHING_HELD: &str = r#"{"cursor":null,"open":[]}"#;

fn is(frame: &'static str) -> impl Fn(&Value) -> bool {
    move |value| value["frame"] == frame
}

async fn rename(person: &Visitor, session: &str, title: &str) {
    let command =
        json!({ "id": format!("rename-{title}"), "command": { "command": "rename", "title": title } });
    let (status, outcome) =
        person.call("sessions/submit", json!({ "session": session, "command": command })).await;
    assert_eq!((status, &outcome["outcome"]), (200, &json!("applied")), "{outcome}");
}

#[tokio::test]
async fn a_follower_gets_everything_and_then_what_changes() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = person.create_session().await;
    let mut socket = person.open(&format!("/sessions/{id}/live")).await.unwrap();
    socket.say(NOTHING_HELD).await;
    let snapshot = socket.hear(is("snapshot")).await;
    assert_eq!(snapshot["view"]["head"]["id"], json!(id));

    rename(&person, &id, "Clock").await;
    let renamed = |frame: &Value| frame["body"]["change"] == "head" && frame["body"]["title"] == "Clock";
    let change = socket.hear(renamed).await;

    // Whoever knows that much already hears only what came since.
    drop(socket);
    rename(&person, &id, "Bell").await;
    let mut socket = person.open(&format!("/sessions/{id}/live")).await.unwrap();
    let (_, view) = person.call("sessions/get", json!({ "session": id })).await;
    let generation = view["cursor"].as_str().unwrap().split('.').next().unwrap().to_owned();
    socket.say(&json!({ "cursor": format!("{generation}.{}", change["rev"]), "open": [] }).to_string()).await;
    let caught_up = socket.hear(is("catch-up")).await;
    assert!(caught_up.to_string().contains("Bell"), "{caught_up}");
}

#[tokio::test]
async fn the_list_follows_its_sessions() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let mut list = person.open("/live").await.unwrap();
    assert_eq!(list.hear(is("all")).await["sessions"], json!([]));
    let id = person.create_session().await;
    let told = list.hear(|frame| frame["session"]["id"] == json!(id)).await;
    assert_eq!(told["counts"], json!({"active": 1, "archived": 0}));
    rename(&person, &id, "Clock").await;
    let told = list.hear(|frame| frame["session"]["title"] == "Clock").await;
    assert_eq!(told.get("counts"), None, "as many as before");
}

#[tokio::test]
async fn a_long_list_comes_in_parts() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let mut ids = Vec::new();
    for number in 0..53 {
        ids.push(person.create_session_saying(&format!("Buoy {number}")).await);
    }
    let rows = async |address: &str| {
        let page = person.get(address).await.text().await.unwrap();
        (page.matches("class=\"row-link\"").count(), page.contains("/sessions?show=100"))
    };
    assert_eq!(rows("/sessions").await, (50, true));
    assert_eq!(rows("/sessions?show=100").await, (53, false));
    assert_eq!(rows("/sessions?show=52").await.0, 52);
    let wanted = json!({"filter": "active", "query": "", "most": 0});
    let (_, one) = person.call("sessions/list", wanted).await;
    assert_eq!(one["sessions"].as_array().unwrap().len(), 1);
    assert_eq!((&one["more"], &one["counts"]), (&json!(true), &json!({"active": 53, "archived": 0})));
    let wanted = json!({"filter": "active", "query": "", "repository": "nobody/nothing"});
    let (_, none) = person.call("sessions/list", wanted).await;
    assert_eq!((&none["sessions"], &none["more"]), (&json!([]), &json!(false)));

    let mut list = person.open("/live").await.unwrap();
    let first = list.hear(is("all")).await;
    let sent = first["sessions"].as_array().unwrap();
    assert_eq!((sent.len(), &first["counts"]["active"]), (50, &json!(53)));
    assert!(first["since"].is_i64(), "not all of them were sent: {first}");
    let unsent = ids.iter().find(|id| sent.iter().all(|session| session["id"] != json!(id))).unwrap();
    rename(&person, unsent, "Old buoy").await;
    let told = list.hear(|frame| frame["session"]["id"] == json!(unsent)).await;
    assert_eq!(told["counts"], json!({"active": 53, "archived": 0}), "it was not known to this page before");
}

#[tokio::test]
async fn sockets_are_for_members_from_our_own_pages() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = person.create_session().await;
    let path = format!("/sessions/{id}/live");
    assert_eq!(stage.stranger().open(&path).await.err(), Some(401));
    assert_eq!(stage.stranger().open("/live").await.err(), Some(401));
    let mut gone = person.open("/sessions/nosuchsession/live").await.unwrap();
    gone.say(NOTHING_HELD).await;
    gone.hear(is("gone")).await;
    assert_eq!(gone.end().await, 1000);

    let mut foreign = person.clone();
    foreign.origin = "http://evil.example.org".into();
    assert_eq!(foreign.open(&path).await.err(), Some(421));
    assert_eq!(person.get(&path).await.status(), 400, "a page is not a WebSocket");
}

#[tokio::test]
async fn who_speaks_out_of_turn_is_cut_off() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = person.create_session().await;
    let path = format!("/sessions/{id}/live");
    let mut confused = person.open(&path).await.unwrap();
    confused.say("hello").await;
    assert_eq!(confused.end().await, 1008);
    let mut talkative = person.open(&path).await.unwrap();
    talkative.say(NOTHING_HELD).await;
    talkative.hear(is("snapshot")).await;
    talkative.say(NOTHING_HELD).await;
    assert_eq!(talkative.end().await, 1008);
}

#[tokio::test]
async fn a_server_that_ends_says_so() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let id = person.create_session().await;
    let mut joined = person.open(&format!("/sessions/{id}/live")).await.unwrap();
    joined.say(NOTHING_HELD).await;
    joined.hear(is("snapshot")).await;
    let mut silent = person.open(&format!("/sessions/{id}/live")).await.unwrap();
    let mut list = person.open("/live").await.unwrap();
    list.hear(is("all")).await;
    let ending = tokio::spawn(stage.end());
    assert_eq!([joined.end().await, silent.end().await, list.end().await], [1001, 1001, 1001]);
    ending.await.unwrap();
}

#[tokio::test]
async fn signing_out_ends_what_was_open() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let mut list = person.open("/live").await.unwrap();
    list.hear(is("all")).await;
    person.post("/auth/logout", "").await;
    assert_eq!(list.end().await, 4401);
}
