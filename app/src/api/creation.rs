//! Starting a session: what one can choose from, and the choice.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use slipway_protocol::{
    Branch, Mode, ModelInfo, ModelRef, NewSession, RepositoryId, RepositoryPage, SessionId,
};

use super::Problem;

/// The models on offer, and the one that is taken where nobody chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelChoice {
    pub models: Vec<ModelInfo>,
    pub default: Option<ModelRef>,
}

/// Everything the new-session page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPage {
    #[serde(flatten)]
    pub picker: RepositoryPage,
    /// What was looked for, on pages without scripts.
    pub find: String,
    /// The one that is filled in: asked for in the address, else the most recent.
    pub repository: Option<RepositoryId>,
    pub branches: Vec<Branch>,
    pub choice: ModelChoice,
    /// What the person prefers.
    pub mode: Mode,
}

#[server(prefix = "/api", endpoint = "start/page", input = Json)]
pub async fn load_start(
    repository: Option<RepositoryId>,
    find: Option<String>,
) -> Result<StartPage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    let find = find.unwrap_or_default();
    crate::ssr::start_page(&engine, &person, repository, find).await.map_err(crate::ssr::problem)
}

/// Those that hold the words, and the chosen one; `fresh` waits until the list is read again where it is old.
#[server(prefix = "/api", endpoint = "start/repositories", input = Json)]
pub async fn find_repositories(
    query: String,
    chosen: RepositoryId,
    fresh: bool,
) -> Result<RepositoryPage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.pick_repository(&person, &query, Some(&chosen), fresh).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "start/branches", input = Json)]
pub async fn branches(repository: RepositoryId) -> Result<Vec<Branch>, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.branches(&person, &repository).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "models", input = Json)]
pub async fn models() -> Result<ModelChoice, Problem> {
    let (engine, _) = crate::ssr::caller()?;
    Ok(crate::ssr::models(&engine).await)
}

#[server(prefix = "/api", endpoint = "start/create", input = Json)]
pub async fn create_session(new: NewSession) -> Result<SessionId, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.create_session(&person, new).await.map_err(crate::ssr::problem)
}

/// The new-session page as a plain form, for pages without scripts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartForm {
    /// Made by the server for each page, so that sending a form twice makes one session.
    pub form_id: String,
    #[serde(default)]
    pub repository: String,
    #[serde(default)]
    pub base_branch: String,
    /// The repository whose branches the form showed; for another one its default branch is taken.
    #[serde(default)]
    pub branches_of: String,
    #[serde(default)]
    pub mode: String,
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub message: String,
}

/// Creates a session and opens it, or goes back to the form with the text kept.
#[server(prefix = "/api", endpoint = "start/form")]
pub async fn create_from_form(#[server(flatten)] form: StartForm) -> Result<(), Problem> {
    let (repository, message) = (form.repository.clone(), form.message.clone());
    let created = crate::ssr::create_from_form(form).await.map(|session| format!("/sessions/{session}"));
    crate::ssr::answer_form(created, "/sessions/new", &[("repository", &repository), ("message", &message)]);
    Ok(())
}
