//! "Continue locally", and signing out.

use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use slipway_protocol::{ErrorKind, Installation};
use time::OffsetDateTime;
use tower_sessions::Session;

use crate::{
    auth::{
        caller::{DEVICE, PERSON, SINCE},
        device, unsaved,
    },
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
    // A new id, so that one that somebody else chose or saw before is worth nothing.
    let stored = async {
        session.cycle_id().await?;
        session.insert(PERSON, &person.id).await?;
        session.insert(SINCE, OffsetDateTime::now_utc()).await?;
        session.insert(DEVICE, device::name(&headers)).await
    };
    match stored.await {
        Ok(()) => Redirect::to("/sessions").into_response(),
        Err(error) => unsaved(reader, &error),
    }
}

pub(crate) async fn sign_out(session: Session, headers: HeaderMap) -> Response {
    match session.flush().await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => unsaved(Reader::of(&headers), &error),
    }
}
