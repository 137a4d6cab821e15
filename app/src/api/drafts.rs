//! What a person writes and has not sent yet.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::{Draft, SessionId};

use super::Problem;

#[server(prefix = "/api", endpoint = "sessions/draft", input = Json)]
pub async fn load_draft(session: SessionId) -> Result<Draft, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.draft(&person, &session).await.map_err(crate::ssr::problem)
}

/// Keeps the text for the person's other devices. An empty one is no draft.
#[server(prefix = "/api", endpoint = "sessions/draft/save", input = Json)]
pub async fn save_draft(session: SessionId, text: String) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.save_draft(&person, &session, &text).await.map_err(crate::ssr::problem)
}

/// Files of the checkout for what was typed behind an `@`.
#[server(prefix = "/api", endpoint = "sessions/files", input = Json)]
pub async fn find_files(session: SessionId, typed: String) -> Result<Vec<String>, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.find_files(&person, &session, &typed).await.map_err(crate::ssr::problem)
}
