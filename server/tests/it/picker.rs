//! Picking one of thousands of repositories, with scripts and without.

use serde_json::{Value, json};
use slipway_engine::Allow;
use slipway_test_support::github::Fault;

use crate::{
    github::{signed_in, stage_with},
    stage::{Visitor, new_id, place},
};

async fn find(visitor: &Visitor, query: &str) -> Value {
    let arguments = json!({ "query": query, "chosen": "", "fresh": false });
    let (status, page) = visitor.call("start/repositories", arguments).await;
    assert_eq!(status, 200, "{page}");
    page
}

fn names(page: &Value) -> Vec<&str> {
    page["repositories"].as_array().unwrap().iter().map(|held| held["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_of_thousands_is_found_and_the_page_carries_fifty() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    for number in 0..1_500 {
        github.add_repository(&format!("ada/boat-{number}"), number % 2 == 0, &["ada"]);
    }
    let ada = signed_in(&stage, &github, "ada").await;
    let page = ada.get("/sessions/new").await.text().await.unwrap();
    assert_eq!(page.matches("<option value=\"a").count(), 50, "in the select, for pages without scripts");
    assert!(page.contains("Not listed?") && page.contains("/settings/connections/applications/"));
    assert!(page.len() < 200_000, "{}", page.len());

    let asked = github.asked("/user/repos");
    let found = find(&ada, "boat-1499").await;
    assert_eq!(
        (names(&found), &found["found"], &found["total"]),
        (vec!["ada/boat-1499"], &json!(1), &json!(1_502))
    );
    assert_eq!(find(&ada, "BOAT").await["found"], json!(1_500));
    assert_eq!(names(&find(&ada, "nothing like it").await), Vec::<&str>::new());
    assert_eq!(github.asked("/user/repos"), asked, "from the list that is kept");

    let found = ada.get("/sessions/new?find=boat-1499").await.text().await.unwrap();
    assert!(found.contains("<option value=\"ada/boat-1499\" selected"), "{found}");
}

#[tokio::test]
async fn an_archived_repository_is_shown_and_nobody_begins_to_work_on_it() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    github.archive("ada/secret");
    let ada = signed_in(&stage, &github, "ada").await;
    let page = ada.get("/sessions/new").await.text().await.unwrap();
    assert!(page.contains("ada/secret (Archived: read only)"), "{page}");
    let new = json!({
        "id": new_id("session"), "repository": "ada/secret", "base_branch": "", "mode": "build", "model": null,
        "prompt": new_id("prompt"), "message": "Mend the clock",
    });
    let (status, told) = ada.call("start/create", json!({ "new": new })).await;
    let sentence =
        "ada/secret is archived, so nothing can be pushed to it. Unarchive it at GitHub to work on it.";
    assert_eq!((status, &told["sentence"]), (400, &json!(sentence)));
}

#[tokio::test]
async fn what_cannot_be_listed_is_said_with_a_way_on() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    github.add_person("eve");
    let eve = signed_in(&stage, &github, "eve").await;
    let empty = eve.get("/sessions/new").await.text().await.unwrap();
    assert!(
        empty.contains("No repository to work on") && empty.contains("Choose repositories at GitHub"),
        "{empty}"
    );

    let ada = signed_in(&stage, &github, "ada").await;
    github.fail(Some(Fault::RateLimited { until: 4_000_000_000 }));
    let limited = ada.get("/sessions/new").await.text().await.unwrap();
    assert!(
        limited.contains("GitHub asks to wait before the next request.") && limited.contains("Retry"),
        "{limited}"
    );
    github.fail(None);
    assert_eq!(names(&find(&ada, "").await), ["ada/secret", "acme/widgets"]);
    github.fail(Some(Fault::BadGateway));
    assert_eq!(names(&find(&ada, "").await), ["ada/secret", "acme/widgets"], "the list that is kept");
}

#[tokio::test]
async fn without_scripts_a_session_begins_from_the_plain_form() {
    let (github, stage) = stage_with(Allow::Everyone, |_| {}).await;
    let ada = signed_in(&stage, &github, "ada").await;
    let form = format!("form_id={}&repository=acme%2Fwidgets&mode=build&message=Mend+it", new_id("form"));
    let begun = ada.post("/api/start/form", &form).await;
    assert!(place(&begun).starts_with("/sessions/form-"), "{}", place(&begun));
}
