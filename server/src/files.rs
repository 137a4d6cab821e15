//! Files that people attach to messages: brought one by one as they are, shown as what they are, and nothing besides.

use app::ssr::Caller;
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Json, Response},
};
use serde::Deserialize;
use slipway_engine::Error;
use slipway_protocol::{Attachment, AttachmentId, ErrorKind, Person, SessionId};

use crate::{
    error::{Reader, of_engine},
    state::AppState,
};

/// `/sessions/{id}/attachments/{file}`: whose requests may be larger than others.
pub(crate) fn is_one(path: &str) -> bool {
    let mut steps = path.split('/').skip(1);
    steps.next() == Some("sessions") && steps.nth(1) == Some("attachments") && steps.count() == 1
}

#[derive(Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    name: String,
}

/// `PUT`, with the name in the query: the same id again keeps one.
pub(crate) async fn take(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path((session, file)): Path<(String, String)>,
    Query(Named { name }): Query<Named>,
    headers: HeaderMap,
    content: Bytes,
) -> Response {
    let taken = async {
        let (session, file) = (SessionId::new(session), AttachmentId::new(file));
        state.engine.attach(&signed_in(caller)?, &session, file, &name, &content).await
    };
    answer(&headers, taken.await.map(|attachment| Json(attachment).into_response()))
}

/// `DELETE`
pub(crate) async fn remove(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path((session, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let removed = async {
        let (session, file) = (SessionId::new(session), AttachmentId::new(file));
        state.engine.detach(&signed_in(caller)?, &session, &file).await
    };
    answer(&headers, removed.await.map(|()| StatusCode::NO_CONTENT.into_response()))
}

/// `GET`
pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Path((session, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let (session, file) = (SessionId::new(session), AttachmentId::new(file));
        state.engine.attachment(&signed_in(caller)?, &session, &file).await
    };
    answer(&headers, found.await.map(|(attachment, content)| shown(&attachment, content)))
}

fn signed_in(Caller(who): Caller) -> Result<Person, Error> {
    who.ok_or_else(|| Error::new(ErrorKind::SignedOut, "Sign in to go on."))
}

fn answer(headers: &HeaderMap, outcome: Result<Response, Error>) -> Response {
    outcome.unwrap_or_else(|error| of_engine(Reader::of(headers), error))
}

/// What somebody brought is looked at by itself: it runs nothing and is part of no page of ours.
fn shown(attachment: &Attachment, content: Vec<u8>) -> Response {
    const ALONE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
    const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
    let kind = if attachment.is_picture() || attachment.mime == "application/pdf" {
        attachment.mime.clone()
    } else {
        "text/plain; charset=utf-8".into()
    };
    let kind = HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let fixed: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, ALONE),
        (header::CACHE_CONTROL, KEPT),
    ];
    (fixed, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn only_the_address_of_a_file_is_one() {
        assert!(is_one("/sessions/s1/attachments/a1"));
        for other in ["/sessions/s1/attachments", "/sessions/s1/attachments/a1/x", "/api/attachments/a1", "/"]
        {
            assert!(!is_one(other), "{other}");
        }
    }
}
