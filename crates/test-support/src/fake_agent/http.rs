//! OpenCode's HTTP, as far as Slipway calls it.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_stream::wrappers::ReceiverStream;

use super::{Called, Shared, VERSION, events, turn};

const LONGEST_BODY: usize = 16 * 1024 * 1024;

type App = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/global/health", get(async || Json(json!({"healthy": true, "version": VERSION}))))
        .route("/global/dispose", post(dispose))
        .route("/event", get(listen))
        .route("/agent", get(async || Json(json!([]))))
        .route("/config/providers", get(providers))
        .route("/session", post(create))
        .route("/session/status", get(async |State(shared): App| Json(shared.state.busy())))
        .route("/session/{id}", get(session))
        .route("/session/{id}/children", get(children))
        .route("/session/{id}/message", get(messages))
        .route("/session/{id}/message/{message}", get(message))
        .route("/session/{id}/todo", get(async || Json(json!([]))))
        .route("/session/{id}/prompt_async", post(prompt))
        .route("/session/{id}/abort", post(abort))
        .route("/permission", get(async |State(shared): App| Json(shared.state.asked("per_"))))
        .route("/permission/{id}/reply", post(reply))
        .route("/question", get(async |State(shared): App| Json(shared.state.asked("que_"))))
        .route("/question/{id}/reply", post(reply))
        .route("/question/{id}/reject", post(reject))
        // Of an address it does not know OpenCode makes a web page.
        .fallback(async || ([(header::CONTENT_TYPE, "text/html")], "<!doctype html>"))
        .layer(middleware::from_fn_with_state(shared.clone(), record))
        .with_state(shared)
}

/// Notes the call, if whoever calls may.
async fn record(State(shared): App, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let shown = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let wanted = shared.options.password.as_ref().map(|password| basic("opencode", password));
    if wanted.is_some() && shown != wanted.as_deref() {
        let realm = [(header::WWW_AUTHENTICATE, "Basic realm=\"Secure Area\"")];
        return (StatusCode::UNAUTHORIZED, realm).into_response();
    }
    let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
    let called = Called {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    if let Some(record) = &shared.record
        && let Err(error) = record.note(&called)
    {
        return (StatusCode::INSUFFICIENT_STORAGE, error.to_string()).into_response();
    }
    shared.calls.send_modify(|calls| calls.push(called));
    next.run(Request::from_parts(head, Body::from(body))).await
}

async fn listen(State(shared): App) -> Response {
    let events = ReceiverStream::new(shared.stream.listen());
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(events)).into_response()
}

async fn dispose(State(shared): App) -> Json<bool> {
    shared.stream.emit(&events::event("server.instance.disposed", json!({}))).await;
    shared.stream.end();
    Json(true)
}

async fn providers() -> Json<Value> {
    let model = json!({
        "id": "fake-1", "name": "Fake One", "capabilities": {"toolcall": true}, "limit": {"context": 128_000, "output": 8_192},
    });
    Json(json!({
        "providers": [{"id": "scripted", "name": "Scripted", "models": {"fake-1": model}}],
        "default": {"scripted": "fake-1"},
    }))
}

async fn create(State(shared): App, body: Bytes) -> Json<Value> {
    let info = shared.state.create(&serde_json::from_slice(&body).unwrap_or_default());
    shared.stream.emit(&events::session(&info)).await;
    Json(info)
}

async fn session(State(shared): App, Path(id): Path<String>) -> Response {
    found(shared.state.session(&id, |session| session.info.clone()))
}

async fn children(State(shared): App, Path(id): Path<String>) -> Json<Vec<Value>> {
    Json(shared.state.children(&id))
}

#[derive(Deserialize)]
struct Page {
    limit: Option<usize>,
}

async fn messages(State(shared): App, Path(id): Path<String>, Query(page): Query<Page>) -> Response {
    found(shared.state.session(&id, |session| {
        let skipped = session.messages.len().saturating_sub(page.limit.unwrap_or(usize::MAX));
        Value::from(session.messages[skipped..].to_vec())
    }))
}

async fn message(State(shared): App, Path((id, message)): Path<(String, String)>) -> Response {
    let stored = shared.state.session(&id, |session| {
        session.messages.iter().find(|stored| stored["info"]["id"] == message.as_str()).cloned()
    });
    found(stored.flatten())
}

async fn prompt(State(shared): App, Path(id): Path<String>, Json(body): Json<Value>) -> Response {
    if shared.state.session(&id, |_| ()).is_none() {
        return found(None);
    }
    turn::begin(&shared, &id, &body).await;
    StatusCode::NO_CONTENT.into_response()
}

async fn abort(State(shared): App, Path(id): Path<String>) -> Json<bool> {
    turn::abort(&shared, &id).await;
    Json(true)
}

async fn reply(State(shared): App, Path(id): Path<String>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    answered(&shared, &id, "replied", body["reply"] == "reject").await
}

async fn reject(State(shared): App, Path(id): Path<String>) -> Response {
    answered(&shared, &id, "rejected", true).await
}

async fn answered(shared: &Shared, id: &str, how: &str, refused: bool) -> Response {
    let Some(request) = shared.state.answered(id, refused) else { return found(None) };
    shared.gates.open(id);
    let kind = if id.starts_with("que_") { "question" } else { "permission" };
    let said = json!({"sessionID": request["sessionID"], "requestID": id});
    shared.stream.emit(&events::event(&format!("{kind}.{how}"), said)).await;
    Json(true).into_response()
}

fn found(answer: Option<Value>) -> Response {
    if let Some(answer) = answer {
        return Json(answer).into_response();
    }
    let error = json!({"name": "NotFoundError", "data": {"message": "not found"}});
    (StatusCode::NOT_FOUND, Json(error)).into_response()
}

fn basic(user: &str, password: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = format!("{user}:{password}").into_bytes();
    let encoded = digits.chunks(3).flat_map(|chunk| {
        let bits = chunk.iter().chain(&[0, 0]).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        (0..4).map(move |at| if at <= chunk.len() { DIGITS[bits >> (18 - 6 * at) & 63] } else { b'=' })
    });
    format!("Basic {}", encoded.map(char::from).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::basic;

    #[test]
    fn a_password_is_shown_as_the_standard_says() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("opencode", "pw"), "Basic b3BlbmNvZGU6cHc=");
    }
}
