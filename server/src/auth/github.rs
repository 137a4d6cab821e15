//! "Sign in with GitHub": there, and back with a code.
//!
//! What the browser must bring back (a one-time state) and what it must never see (the verifier) lie in its session on the server.
//! A callback is good once, for the browser that began it, for ten minutes.

use app::ssr::Client;
use axum::{
    Extension,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use slipway_protocol::{Deed, ErrorKind};
use time::OffsetDateTime;
use tower_sessions::Session;

use crate::{
    auth::{enter, next::Wanted, unsaved},
    error::{Reader, of_engine, refuse},
    state::AppState,
};

/// Where what was begun is kept.
const BEGUN: &str = "github";

/// A person may read GitHub's page for so long.
const PATIENCE: time::Duration = time::Duration::minutes(10);

#[derive(Serialize, Deserialize)]
struct Begun {
    state: String,
    verifier: String,
    /// The page of ours that they wanted to see.
    next: String,
    at: OffsetDateTime,
}

/// What GitHub sends along.
#[derive(Deserialize)]
pub(crate) struct Returned {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
}

pub(crate) async fn begin(
    State(app): State<AppState>,
    Query(wanted): Query<Wanted>,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of(&headers);
    let Some(accounts) = app.accounts.get() else { return not_here(reader) };
    let begun = accounts.begin();
    let kept = Begun {
        state: begun.state,
        verifier: begun.verifier,
        next: wanted.path().to_owned(),
        at: OffsetDateTime::now_utc(),
    };
    match session.insert(BEGUN, kept).await {
        Ok(()) => Redirect::to(&begun.address).into_response(),
        Err(error) => unsaved(reader, &error),
    }
}

pub(crate) async fn finish(
    State(app): State<AppState>,
    Extension(Client(from)): Extension<Client>,
    Query(returned): Query<Returned>,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of(&headers);
    let Some(accounts) = app.accounts.get() else { return not_here(reader) };
    // Taken out before anything else: it is good once.
    let begun: Option<Begun> = match session.remove(BEGUN).await {
        Ok(begun) => begun,
        Err(error) => return unsaved(reader, &error),
    };
    let begun = begun.filter(|begun| OffsetDateTime::now_utc() - begun.at < PATIENCE);
    let Some(begun) = begun.filter(|begun| returned.state.as_deref() == Some(&begun.state)) else {
        if let Err(error) = app.engine.asked_from(from).remember(None, Deed::SignInRefused, "github").await {
            return of_engine(reader, error);
        }
        let sentence = "This sign-in was not begun in this browser, or too long ago. Begin again.";
        return refuse(reader, ErrorKind::Forbidden, sentence);
    };
    let code = match (returned.code, returned.error) {
        (Some(code), None) => code,
        (_, Some(error)) if error == "access_denied" => return Redirect::to("/").into_response(),
        _ => {
            return refuse(reader, ErrorKind::Forbidden, "GitHub did not confirm this sign-in. Begin again.");
        }
    };
    let person = match accounts.finish(code, begun.verifier, Some(from)).await {
        Ok(person) => person,
        Err(error) => return of_engine(reader, error),
    };
    enter(&session, &person, &headers, &begun.next).await
}

fn not_here(reader: Reader) -> Response {
    refuse(reader, ErrorKind::NotFound, "This installation does not sign people in with GitHub.")
}
