//! For those who watch over the server.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;

use crate::state::AppState;

#[derive(Serialize)]
pub(crate) struct Readiness {
    ready: bool,
    store: String,
    agent: String,
}

/// It can serve.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Store and agent are usable; says which is not.
pub(crate) async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let store = state.engine.ready().await;
    let ready = store.is_ok() && state.agent_problem.is_none();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = |problem: Option<String>| problem.unwrap_or_else(|| "ok".into());
    let agent = said(state.agent_problem.as_deref().map(str::to_owned));
    (status, Json(Readiness { ready, store: said(store.err().map(|error| error.sentence)), agent }))
}
