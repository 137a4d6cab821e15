//! Who did what, and from where: written down, shown to the owner, and to nobody else.

use reqwest::{Method, header};
use serde_json::{Value, json};
use slipway_engine::Allow;
use slipway_server::config::Proxies;

use crate::{
    github::{signed_in, stage_with},
    stage::{Visitor, new_id, place},
};

const ADDRESS: &str = "203.0.113.9";

async fn lines(visitor: &Visitor, of: Option<&str>) -> Vec<Value> {
    let (status, page) = visitor.call("audit/page", json!({ "of": of, "before": null })).await;
    assert_eq!(status, 200, "{page}");
    let told = |entry: &Value| json!([entry["deed"], entry["who"]["name"], entry["subject"], entry["from"]]);
    page["entries"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn an_owner_sees_who_did_what_and_from_where() {
    let allow = Allow::parse("ada,bob").unwrap();
    let (github, stage) =
        stage_with(allow, |config| config.proxies = Proxies::parse("127.0.0.1").unwrap()).await;
    github.add_code("ada/secret", &[("a.txt", "a\n")]);
    github.add_person("eve");
    let (ada, bob) = (signed_in(&stage, &github, "ada").await, signed_in(&stage, &github, "bob").await);

    // A callback that nobody has begun, from behind the proxy.
    let forwarded = header::HeaderName::from_static("x-forwarded-for");
    let lost = stage.stranger();
    let from = [(forwarded, ADDRESS), (header::ACCEPT, "text/html")];
    assert_eq!(lost.send(Method::GET, "/auth/github/callback?code=x", &from, "").await.status(), 403);
    let mut eve = stage.stranger();
    let page = crate::github::begin(&mut eve, "").await;
    let answer = crate::github::come_back(&mut eve, &github.agree(&page, "eve").address).await;
    assert_eq!(answer.status(), 403, "she is not named");

    let session = new_id("session");
    let new = json!({
        "id": session, "repository": "ada/secret", "base_branch": "", "mode": "build", "model": null,
        "prompt": new_id("prompt"), "message": "What nobody but ada may read",
    });
    assert_eq!(ada.call("start/create", json!({ "new": new })).await.0, 200);
    let submit = async |name: &str| {
        let command = json!({ "id": format!("{name}-once"), "command": { "command": name } });
        let asked = json!({ "session": session, "command": command });
        assert_eq!(ada.call("sessions/submit", asked).await.0, 200);
    };
    submit("archive").await;
    submit("archive").await;
    submit("delete").await;
    assert_eq!(place(&bob.post("/auth/logout", "").await), "/");

    let here = "127.0.0.1";
    let told = [
        json!(["signed-out", "bob", "here", here]),
        json!(["deleted-session", "ada", session, here]),
        json!(["archived-session", "ada", session, here]),
        json!(["created-session", "ada", session, here]),
        json!(["sign-in-refused", null, "eve", here]),
        json!(["sign-in-refused", null, "github", ADDRESS]),
        json!(["signed-in", "bob", "github", here]),
        json!(["signed-in", "ada", "github", here]),
    ];
    assert_eq!(lines(&ada, None).await, told, "once each, the newest first, and not what was said");
    let (_, page) = ada.call("audit/page", json!({ "of": null, "before": null })).await;
    let names: Vec<_> = page["people"].as_array().unwrap().iter().map(|person| &person["name"]).collect();
    assert_eq!((names, &page["next"]), (vec![&json!("ada"), &json!("bob")], &Value::Null));
    let bobs = page["people"][1]["id"].as_str().unwrap();
    assert_eq!(lines(&ada, Some(bobs)).await, [told[0].clone(), told[6].clone()]);

    let shown = ada.get("/settings/audit").await;
    assert_eq!(shown.status(), 200);
    let shown = shown.text().await.unwrap();
    for text in ["deleted a session", &session, ADDRESS, "was not let in", "Everybody"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(ada.get("/settings").await.text().await.unwrap().contains("/settings/audit"));
    let bob = signed_in(&stage, &github, "bob").await;
    assert_eq!(bob.get("/settings/audit").await.status(), 404);
    assert!(!bob.get("/settings").await.text().await.unwrap().contains("/settings/audit"));
}

#[tokio::test]
async fn a_long_audit_is_read_page_by_page() {
    let stage = crate::stage::Stage::start().await;
    let mut person = stage.person().await;
    for _ in 0..60 {
        person.sign_in().await;
    }
    let mut before = Value::Null;
    let (mut seen, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let (_, page) = person.call("audit/page", json!({ "of": "local", "before": before })).await;
        let entries = page["entries"].as_array().unwrap();
        sizes.push(entries.len());
        seen.extend(entries.iter().map(|entry| entry["seq"].as_i64().unwrap()));
        before = page["next"].clone();
        if before.is_null() {
            break;
        }
    }
    assert_eq!(sizes, [50, 11]);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, none twice");
}
