//! Signing in and out, and who is behind a request.

mod callback;
mod caller;
mod device;
mod devices;
mod github;
mod local;
mod next;
mod web_sessions;

use axum::{
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use slipway_protocol::{ErrorKind, Person};
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

pub(crate) use caller::{identify, installation, required};
pub(crate) use devices::{sign_out, sign_out_devices};
pub(crate) use github::{begin as begin_with_github, finish as finish_with_github};
pub(crate) use local::sign_in;
pub(crate) use web_sessions::WebSessions;

use caller::{DEVICE, PERSON, SINCE};

use crate::{
    config::Origin,
    error::{Reader, refuse},
};

/// Signed out after so long without a request.
const IDLE: time::Duration = time::Duration::days(30);

/// The cookie that carries who is signed in.
pub(crate) fn layer(store: WebSessions, origin: &Origin) -> SessionManagerLayer<WebSessions> {
    // Cookies do not know ports: without its own name, a second Slipway on this machine would sign out the first.
    let name = if origin.is_https() { "__Host-slipway".into() } else { format!("slipway-{}", origin.port()) };
    SessionManagerLayer::new(store)
        .with_name(name)
        .with_secure(origin.is_https())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// From now on this person is behind the browser's session; on to `next`.
async fn enter(session: &Session, person: &Person, headers: &HeaderMap, next: &str) -> Response {
    let stored = async {
        // A new id, so that one that somebody else chose or saw before is worth nothing.
        session.cycle_id().await?;
        session.insert(PERSON, &person.id).await?;
        session.insert(SINCE, OffsetDateTime::now_utc()).await?;
        session.insert(DEVICE, device::name(headers)).await
    };
    match stored.await {
        Ok(()) => Redirect::to(next).into_response(),
        Err(error) => unsaved(Reader::of(headers), &error),
    }
}

fn unsaved(reader: Reader, error: &tower_sessions::session::Error) -> Response {
    tracing::error!(%error, "could not store who is signed in");
    refuse(reader, ErrorKind::Internal, "The database did not answer. Try again in a moment.")
}
