//! "Continue locally".

use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use slipway_protocol::{ErrorKind, Installation};
use tower_sessions::Session;

use crate::{
    auth::enter,
    error::{Reader, of_engine, refuse},
    state::AppState,
};

pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Extension(installation): Extension<Installation>,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of(&headers);
    if !installation.local {
        return refuse(reader, ErrorKind::Forbidden, "Continuing locally is not possible from here.");
    }
    let person = match state.engine.sign_in_locally().await {
        Ok(person) => person,
        Err(error) => return of_engine(reader, error),
    };
    enter(&session, &person, &headers, "/sessions").await
}
