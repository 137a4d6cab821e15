use reqwest::{Method, header};
use serde_json::json;

use crate::stage::{Stage, cookie, place};

#[tokio::test]
async fn a_person_continues_locally_and_signs_out() {
    let stage = Stage::start().await;
    let stranger = stage.stranger();
    assert_eq!(stranger.call("sessions/list", json!({ "filter": "active", "query": "" })).await.0, 401);
    assert!(stranger.get("/").await.text().await.unwrap().contains("Continue locally"));

    let person = stage.person().await;
    assert_eq!(person.call("sessions/list", json!({ "filter": "active", "query": "" })).await.0, 200);
    let home = person.get("/").await;
    assert!(home.status().is_redirection() && place(&home) == "/sessions", "{}", home.status());

    let out = person.post("/auth/logout", "").await;
    assert_eq!((out.status().as_u16(), place(&out)), (303, "/"));
    assert_eq!(person.call("sessions/list", json!({ "filter": "active", "query": "" })).await.0, 401);
}

#[tokio::test]
async fn the_cookie_is_for_this_server_only_and_new_at_each_sign_in() {
    let stage = Stage::start().await;
    let mut visitor = stage.stranger();
    visitor.cookie = Some(format!("slipway-{}=AAAAAAAAAAAAAAAAAAAAAA", stage.address.port()));
    let answer = visitor.post("/auth/local", "").await;
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure") && !set.contains("Domain"), "{set}");
    let first = cookie(&answer).unwrap();
    assert!(!first.contains("AAAAAAAA"), "an id somebody else chose is worth nothing");

    visitor.cookie = Some(first.clone());
    let second = cookie(&visitor.post("/auth/local", "").await).unwrap();
    assert_ne!(first, second);
    assert_eq!(visitor.call("models", json!({})).await.0, 401, "the old id is gone");
}

#[tokio::test]
async fn who_is_signed_in_stays_so_over_a_restart() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let stage = stage.restart().await;
    let mut returned = stage.stranger();
    returned.cookie = person.cookie;
    assert_eq!(returned.call("sessions/list", json!({ "filter": "active", "query": "" })).await.0, 200);
}

#[tokio::test]
async fn nobody_is_local_behind_a_proxy() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    for name in ["forwarded", "x-forwarded-for", "x-forwarded-host", "X-Forwarded-Proto"] {
        let forwarded: header::HeaderName = name.parse().unwrap();
        let headers = [(header::ORIGIN, &*person.origin), (forwarded.clone(), "a")];
        assert_eq!(person.send(Method::POST, "/auth/local", &headers, "").await.status(), 403, "{name}");
        let page = person
            .send(Method::GET, "/", &[(header::ACCEPT, "text/html"), (forwarded.clone(), "a")], "")
            .await;
        assert_eq!(page.status(), 200, "not even with the cookie");
        assert!(!page.text().await.unwrap().contains("Continue locally"));
    }
}

#[tokio::test]
async fn local_mode_can_be_off() {
    let stage = Stage::start_with(|config| config.web.local = false).await;
    let stranger = stage.stranger();
    assert_eq!(stranger.post("/auth/local", "").await.status(), 403);
    assert!(!stranger.get("/").await.text().await.unwrap().contains("Continue locally"));
}

#[tokio::test]
async fn plain_forms_lead_on() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let page = person.get("/sessions/new").await.text().await.unwrap();
    let form_id = value_of(&page, "form_id");
    let form = |repository: &str| {
        format!("form_id={form_id}&repository={repository}&mode=build&message=Mend+the+clock")
    };
    let failed = person.post("/api/start/form", &form("no%2Fsuch")).await;
    assert_eq!(failed.status(), 302);
    assert!(place(&failed).starts_with("/sessions/new?"), "{}", place(&failed));

    let created = person.post("/api/start/form", &form("sample%2Ftide")).await;
    let session = place(&created).to_owned();
    assert!(created.status() == 302 && session.starts_with("/sessions/"), "{session}");
    let again = person.post("/api/start/form", &form("sample%2Ftide")).await;
    assert_eq!(place(&again), session, "sent twice, made once");

    let shown = person.get(&session).await;
    assert_eq!(shown.status(), 200);
    let shown = shown.text().await.unwrap();
    assert!(shown.contains("Mend the clock"));
    let id = session.trim_start_matches("/sessions/");
    let more = format!("session={id}&form_id={}&text=And+the+bell", value_of(&shown, "form_id"));
    let sent = person.post("/api/sessions/send", &more).await;
    assert_eq!((sent.status().as_u16(), place(&sent)), (302, &*session));
}

/// What a hidden field of the page holds.
fn value_of(page: &str, name: &str) -> String {
    let tag = page
        .split('<')
        .find(|tag| tag.contains(&format!("name=\"{name}\"")))
        .expect("the page has the field");
    tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
