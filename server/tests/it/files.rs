//! Files that people attach: brought, shown, and kept from everybody else.

use axum::http::{Method, header};
use reqwest::Response;
use serde_json::{Value, json};

use crate::stage::{Stage, Visitor};

async fn bring(who: &Visitor, path: &str, content: &str) -> (u16, Value) {
    let answer = who.send(Method::PUT, path, &[(header::ORIGIN, &who.origin)], content).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
}

fn says(answer: &Response, name: &header::HeaderName) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_brought_shown_alone_and_taken_away() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let session = person.create_session().await;
    let path = format!("/sessions/{session}/attachments/thefile01");
    let kept = json!({ "id": "thefile01", "name": "log.html", "mime": "text/plain", "bytes": 15 });
    let brought = bring(&person, &format!("{path}?name=a%2Flog.html"), "<script>1</scri").await;
    assert_eq!(brought, (200, kept));

    let shown = person.get(&path).await;
    assert_eq!(shown.status().as_u16(), 200);
    assert_eq!(says(&shown, &header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(says(&shown, &header::CONTENT_SECURITY_POLICY), "default-src 'none'; sandbox");
    assert_eq!(says(&shown, &header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(shown.text().await.unwrap(), "<script>1</scri");

    let stranger = stage.stranger();
    assert_eq!(stranger.get(&path).await.status().as_u16(), 401);
    assert_eq!(bring(&stranger, &path, "x").await.0, 401);
    let foreign = [(header::ORIGIN, "https://evil.example")];
    assert_eq!(person.send(Method::PUT, &path, &foreign, "x").await.status().as_u16(), 403);
    assert_eq!(person.get("/sessions/nobody/attachments/thefile01").await.status().as_u16(), 404);

    let ours = [(header::ORIGIN, &*person.origin)];
    assert_eq!(person.send(Method::DELETE, &path, &ours, "").await.status().as_u16(), 204);
    assert_eq!(person.get(&path).await.status().as_u16(), 404);
}

#[tokio::test]
async fn a_file_may_be_larger_than_other_requests_and_not_too_large() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let session = person.create_session().await;
    let path = |file: &str| format!("/sessions/{session}/attachments/{file}");
    assert_eq!(bring(&person, &path("large0001"), &"x".repeat(4_000_000)).await.0, 200);
    let (status, said) = bring(&person, &path("large0002"), &"x".repeat(6_000_000)).await;
    assert_eq!((status, &said["sentence"]), (413, &json!("This file is too large: 5 MB can be attached.")));
    let (status, said) = bring(&person, &path("binary001"), "a\0b").await;
    assert_eq!(status, 400, "{said}");
}

#[tokio::test]
async fn the_end_of_a_browsers_program_is_heard_from_those_who_are_signed_in() {
    let stage = Stage::start().await;
    let person = stage.person().await;
    let report = async |who: &Visitor| {
        let ours = [(header::ORIGIN, &*who.origin), (header::CONTENT_TYPE, "text/plain")];
        who.send(Method::POST, "/reports", &ours, "panicked at app").await.status().as_u16()
    };
    assert_eq!([report(&person).await, report(&stage.stranger()).await], [204, 401]);
}
