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
use slipway_protocol::{Deed, ErrorKind};
use time::OffsetDateTime;
use tower_sessions::Session;

use crate::{
    auth::{
        callback::{Begun, Returned, Verdict, judge},
        enter,
        next::Wanted,
        unsaved,
    },
    error::{Reader, of_engine, refuse},
    state::AppState,
};

/// Where what was begun is kept.
const BEGUN: &str = "github";

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
    let (code, verifier, next) = match judge(begun, returned, OffsetDateTime::now_utc()) {
        Verdict::Confirmed { code, verifier, next } => (code, verifier, next),
        Verdict::Denied => return Redirect::to("/").into_response(),
        Verdict::NotConfirmed => {
            return refuse(reader, ErrorKind::Forbidden, "GitHub did not confirm this sign-in. Begin again.");
        }
        Verdict::NotBegun => {
            let entry = app.engine.asked_from(from).remember(None, Deed::SignInRefused, "github").await;
            if let Err(error) = entry {
                return of_engine(reader, error);
            }
            let sentence = "This sign-in was not begun in this browser, or too long ago. Begin again.";
            return refuse(reader, ErrorKind::Forbidden, sentence);
        }
    };
    let person = match accounts.finish(code, verifier, Some(from)).await {
        Ok(person) => person,
        Err(error) => return of_engine(reader, error),
    };
    enter(&session, &person, &headers, &next).await
}

fn not_here(reader: Reader) -> Response {
    refuse(reader, ErrorKind::NotFound, "This installation does not sign people in with GitHub.")
}
