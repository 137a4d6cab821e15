//! GitHub Apps that accounts have installed, for all of their repositories or for some. Without any, the app is an OAuth app.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    GitHub, World,
    api::{Refused, account, caller, shown},
};

#[derive(Debug)]
pub(super) struct Installation {
    id: u64,
    slug: String,
    account: String,
    /// Who sees it.
    members: Vec<String>,
    repositories: Vec<String>,
}

pub(super) fn router(world: World) -> Router {
    Router::new()
        .route("/user/installations", get(installations))
        .route("/user/installations/{id}/repositories", get(repositories))
        .with_state(world)
}

impl GitHub {
    /// The account installs the app for some repositories.
    pub fn install(&self, slug: &str, account: &str, members: &[&str], repositories: &[&str]) {
        let mut state = self.world.state();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let id = 700 + state.installations.len() as u64;
        let (slug, account) = (slug.to_owned(), account.to_owned());
        let (members, repositories) = (owned(members), owned(repositories));
        state.installations.push(Installation { id, slug, account, members, repositories });
    }
}

async fn installations(State(world): State<World>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let login = caller(&world, &headers)?;
    let state = world.state();
    if state.installations.is_empty() {
        let sentence = "You must authenticate with an access token authorized to a GitHub App";
        return Err(Refused(StatusCode::FORBIDDEN, sentence));
    }
    let theirs = state.installations.iter().filter(|held| held.members.contains(&login));
    let shown: Vec<_> = theirs
        .map(|held| json!({"id": held.id, "app_slug": held.slug, "app_id": 1, "account": account(&held.account, 1)}))
        .collect();
    Ok(Json(json!({"total_count": shown.len(), "installations": shown})))
}

async fn repositories(
    State(world): State<World>,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let login = caller(&world, &headers)?;
    let state = world.state();
    let found = state.installations.iter().find(|held| held.id == id && held.members.contains(&login));
    let installation = found.ok_or(Refused(StatusCode::NOT_FOUND, "Not Found"))?;
    let theirs = state.repositories.iter().filter(|held| installation.repositories.contains(&held.full_name));
    let shown: Vec<_> = theirs.map(shown).collect();
    Ok(Json(json!({"total_count": shown.len(), "repositories": shown})))
}
