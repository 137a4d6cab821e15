//! Answers that somebody has already: told by their `ETag`, and counted where they are sent anew.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

use super::{GitHub, World};

impl GitHub {
    /// How many pages of lists were sent whole, because they were new to whoever asked.
    pub fn read_anew(&self) -> usize {
        self.world.state().read_anew
    }
}

pub(super) async fn answer(State(world): State<World>, request: Request, next: Next) -> Response {
    let held = request.headers().get(header::IF_NONE_MATCH).cloned();
    let reads = request.method() == Method::GET;
    let is_list = request.uri().path().starts_with("/user/");
    let answer = next.run(request).await;
    if !reads || answer.status() != StatusCode::OK {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("an answer of our own");
    let link = parts.headers.get(header::LINK).map(HeaderValue::as_bytes).unwrap_or_default();
    let digest = Sha256::new().chain_update(&body).chain_update(link).finalize();
    let number = u64::from_be_bytes(digest[..8].try_into().expect("a digest is longer"));
    let tag = HeaderValue::from_str(&format!("W/\"{number:016x}\"")).expect("letters and digits");
    if held.as_ref() == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    if is_list {
        world.state().read_anew += 1;
    }
    parts.headers.insert(header::ETAG, tag);
    Response::from_parts(parts, Body::from(body))
}
