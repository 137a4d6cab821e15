//! What every request passes first: it came by our own address, it may write, it is not too large, and if its handler
//! panics it still gets an answer.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Method, Request, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use futures::FutureExt;
use slipway_protocol::{ErrorKind, LARGEST_ATTACHMENT};

use crate::{
    config::Origin,
    error::{Reader, refuse},
    files,
    state::AppState,
};

/// The largest request; a message is at most a quarter of it.
const LARGEST_BODY: usize = 1024 * 1024;

/// A file that is attached, and nothing else, may be larger.
const LARGEST_FILE: usize = LARGEST_ATTACHMENT + 1024;

/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests must name our own address, and writes and sockets must come from our own pages.
pub(crate) async fn origin(State(state): State<AppState>, request: Request<Body>, next: Next) -> Response {
    let (ours, reader) = (&*state.origin, Reader::from(&request));
    let named =
        host(request.headers(), request.uri()).and_then(|host| Origin::of_host(ours.is_https(), &host));
    let Some(named) = named else {
        return refuse(reader, ErrorKind::Invalid, "The request does not say which host it is for.");
    };
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let opens_socket = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    if named != *ours {
        if reads && !opens_socket && ours.is_loopback() && named.is_loopback() {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            return Redirect::temporary(&format!("{ours}{path}")).into_response();
        }
        // Somebody else's name may lead here: what its pages ask for is not for us.
        let sentence = format!("Slipway is at {ours}, and answers there only.");
        let mut answer = refuse(reader, ErrorKind::Forbidden, sentence);
        *answer.status_mut() = StatusCode::MISDIRECTED_REQUEST;
        return answer;
    }
    if (!reads || opens_socket) && !is_from(ours, request.headers()) {
        return refuse(
            reader,
            ErrorKind::Forbidden,
            "This request came from another site, so nothing was done.",
        );
    }
    next.run(request).await
}

fn host(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    header.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str)).map(str::to_owned)
}

/// Browsers say on every write which page it comes from.
fn is_from(ours: &Origin, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    origin.and_then(Origin::read).is_some_and(|origin| origin == *ours)
}

/// Local mode is for a browser on this machine: a request that went through a proxy is never that.
pub(crate) fn is_local(parts: &Parts, ours: &Origin) -> bool {
    let names_loopback = host(&parts.headers, &parts.uri)
        .and_then(|host| Origin::of_host(ours.is_https(), &host))
        .is_some_and(|named| named.is_loopback());
    let forwarded = |name: &str| name == "forwarded" || name.starts_with("x-forwarded-");
    let direct = !parts.headers.keys().any(|name| forwarded(name.as_str()));
    ours.is_loopback() && names_loopback && direct
}

/// Reads the whole body before anybody works with it, so that its size and its delay are bounded in one place.
pub(crate) async fn size(request: Request<Body>, next: Next) -> Response {
    let reader = Reader::from(&request);
    let (parts, body) = request.into_parts();
    let (largest, sentence) = if files::is_one(parts.uri.path()) {
        (LARGEST_FILE, "This file is too large: 5 MB can be attached.")
    } else {
        (LARGEST_BODY, "This is too large: 1 MB fits into one request.")
    };
    let too_large = || refuse(reader, ErrorKind::TooLarge, sentence);
    let announced =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > largest) {
        return too_large();
    }
    match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, largest)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(error)) if is_limit(&error) => too_large(),
        Ok(Err(_)) => refuse(reader, ErrorKind::Invalid, "The request ended before it was whole."),
        Err(_) => refuse(reader, ErrorKind::Invalid, "The request took too long to arrive."),
    }
}

fn is_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// A bug is a sentence for whoever asked, and a line in the log.
pub(crate) async fn panics(request: Request<Body>, next: Next) -> Response {
    let reader = Reader::from(&request);
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic");
        let sentence = "Something went wrong on the server. Nothing was lost; try again.";
        refuse(reader, ErrorKind::Internal, sentence)
    })
}
