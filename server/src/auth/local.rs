//! "Continue locally", and signing out.

use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use slipway_protocol::{ErrorKind, Installation};
use tower_sessions::Session;

use crate::{
    auth::{enter, unsaved},
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

pub(crate) async fn sign_out(session: Session, headers: HeaderMap) -> Response {
    match session.flush().await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => unsaved(Reader::of(&headers), &error),
    }
}
