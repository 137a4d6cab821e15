//! Who asks. Known before any handler runs.

use app::ssr::{Caller, SignInFacts, ThisDevice};
use axum::{body::Body, extract::State, http::Request, middleware::Next, response::Response};
use slipway_protocol::{ErrorKind, Installation, Person, UserId};
use time::OffsetDateTime;
use tower_sessions::Session;

use crate::{
    auth::WebSessions,
    error::{Reader, of_engine, refuse},
    guard,
    state::AppState,
};

/// The signed-in person's id.
pub(super) const PERSON: &str = "person";

/// When they signed in: whatever they do, it ends some day.
pub(super) const SINCE: &str = "since";
const LONGEST: time::Duration = time::Duration::days(90);

/// What the person reads of the device in a list.
pub(super) const DEVICE: &str = "device";

/// The hour in which the cookie was last sent and the device last seen: more often is of no use to anybody.
const HOUR: &str = "hour";

/// Puts the [`Caller`] and the `Installation` into the request.
pub(crate) async fn identify(
    State(state): State<AppState>,
    session: Session,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let reader = Reader::from(&request);
    let (parts, body) = request.into_parts();
    let local = state.local && guard::is_local(&parts, &state.origin);
    request = Request::from_parts(parts, body);
    let person = match person(&state, &session).await {
        // The local user exists only where local mode is allowed, and everybody else only where people sign in.
        Ok(person) => person.filter(|person| {
            if slipway_engine::is_local(&person.id) { local } else { state.accounts.get().is_some() }
        }),
        Err(error) => return of_engine(reader, error),
    };
    request.extensions_mut().insert(Caller(person));
    request.extensions_mut().insert(ThisDevice(session.id().as_ref().map(WebSessions::key)));
    request.extensions_mut().insert(SignInFacts(state.accounts.get().map(|accounts| accounts.facts())));
    request.extensions_mut().insert(installation(state.host_mode, local, state.accounts.get().is_some()));
    next.run(request).await
}

/// What every page says about this installation; `local` is for this visitor.
pub(crate) fn installation(host_mode: bool, local: bool, github: bool) -> Installation {
    Installation { version: env!("CARGO_PKG_VERSION").into(), host_mode, local, github }
}

async fn person(state: &AppState, session: &Session) -> Result<Option<Person>, slipway_engine::Error> {
    let failed = |error: tower_sessions::session::Error| {
        tracing::error!(%error, "could not read who is signed in");
        slipway_engine::Error::new(ErrorKind::Internal, "The database did not answer. Try again in a moment.")
    };
    let Some(id) = session.get::<UserId>(PERSON).await.map_err(failed)? else { return Ok(None) };
    let now = OffsetDateTime::now_utc();
    let since = session.get::<OffsetDateTime>(SINCE).await.map_err(failed)?;
    if since.is_none_or(|since| now - since > LONGEST) {
        session.flush().await.map_err(failed)?;
        return Ok(None);
    }
    let hour = now.unix_timestamp() / 3600;
    if session.get::<i64>(HOUR).await.map_err(failed)? != Some(hour) {
        session.insert(HOUR, hour).await.map_err(failed)?;
    }
    state.engine.person(&id).await
}

/// The person behind this request, or the answer that there is none.
pub(crate) fn required(caller: Caller, reader: Reader) -> Result<Person, Box<Response>> {
    caller.0.ok_or_else(|| refuse(reader, ErrorKind::SignedOut, "Sign in to go on.").into())
}
