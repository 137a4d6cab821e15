//! What people say about a pull request: reviews, and comments on its lines.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    routing::get,
};
use serde_json::{Value, json};

use super::{
    GitHub, World,
    api::{Refused, account},
    pulls::find_pull,
};

#[derive(Debug, Default)]
pub(super) struct Held {
    /// Number of the pull request, author, state and text.
    reviews: Vec<(u64, [String; 3])>,
    /// Number of the pull request, author, path, line and text.
    comments: Vec<(u64, String, String, u64, String)>,
}

impl GitHub {
    /// A whole review: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`.
    pub fn review(&self, number: u64, author: &str, state: &str, text: &str) {
        let said = [author, state, text].map(str::to_owned);
        self.world.state().pulls.reviews.reviews.push((number, said));
    }

    /// A comment on a line.
    pub fn comment(&self, number: u64, author: &str, path: &str, line: u64, text: &str) {
        let said = (number, author.into(), path.into(), line, text.into());
        self.world.state().pulls.reviews.comments.push(said);
    }
}

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/repos/{owner}/{name}/pulls/{number}/reviews", get(reviews))
        .route("/repos/{owner}/{name}/pulls/{number}/comments", get(comments))
}

async fn reviews(
    State(world): State<World>,
    Path((owner, name, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    find_pull(&world, &headers, &owner, &name, number)?;
    let state = world.state();
    let all = state.pulls.reviews.reviews.iter().enumerate().filter(|(_, (of, _))| *of == number);
    let shown = all.map(|(at, (_, [author, state, text]))| {
        json!({
            "id": 80_000 + at, "node_id": format!("PRR_{at}"), "user": account(author, 3), "state": state, "body": text,
            "html_url": format!("https://github.example/{owner}/{name}/pull/{number}#pullrequestreview-{at}"),
            "submitted_at": "2026-11-01T11:00:00Z",
        })
    });
    Ok(Json(shown.collect()))
}

async fn comments(
    State(world): State<World>,
    Path((owner, name, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    find_pull(&world, &headers, &owner, &name, number)?;
    let state = world.state();
    let all = state.pulls.reviews.comments.iter().enumerate().filter(|(_, (of, ..))| *of == number);
    let shown = all.map(|(at, (_, author, path, line, text))| {
        json!({
            "id": 90_000 + at, "node_id": format!("PRRC_{at}"), "user": account(author, 3), "path": path, "line": line,
            "original_line": line, "side": "RIGHT", "body": text, "diff_hunk": "@@ -1 +1 @@",
            "html_url": format!("https://github.example/{owner}/{name}/pull/{number}#discussion_r{at}"),
            "created_at": "2026-11-01T11:00:00Z",
        })
    });
    Ok(Json(shown.collect()))
}
