//! "Continue locally".

use app::ssr::Client;
use axum::{
    Extension,
    extract::{Query, State},
    http::HeaderMap,
    response::Response,
};
use slipway_protocol::{Deed, ErrorKind, Installation};
use tower_sessions::Session;

use crate::{
    auth::{enter, next::Wanted},
    error::{Reader, of_engine, refuse},
    state::AppState,
};

pub(crate) async fn sign_in(
    State(state): State<AppState>,
    Query(wanted): Query<Wanted>,
    Extension(installation): Extension<Installation>,
    Extension(Client(from)): Extension<Client>,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of(&headers);
    let engine = state.engine.asked_from(from);
    if !installation.local {
        if let Err(error) = engine.remember(None, Deed::SignInRefused, "local").await {
            return of_engine(reader, error);
        }
        return refuse(reader, ErrorKind::Forbidden, "Continuing locally is not possible from here.");
    }
    let person = match engine.sign_in_locally().await {
        Ok(person) => person,
        Err(error) => return of_engine(reader, error),
    };
    enter(&session, &person, &headers, wanted.path()).await
}
