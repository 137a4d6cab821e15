//! What was checked of a commit: check runs with their output, and the older commit statuses.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    GitHub, World,
    api::{Refused, find},
};

/// One run of a check.
#[derive(Clone, Debug, Default)]
pub struct CheckRun {
    pub name: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// `success`, `failure`, `skipped` and so on, once it is completed.
    pub conclusion: Option<String>,
    pub summary: String,
    pub text: String,
    pub annotations: Vec<Annotation>,
}

/// What a check says about a line.
#[derive(Clone, Debug, Default)]
pub struct Annotation {
    pub path: String,
    pub line: u64,
    pub message: String,
}

#[derive(Debug, Default)]
pub(super) struct Held {
    /// By commit; the id is the place, from 1.
    runs: Vec<(String, CheckRun)>,
    /// By commit: context, state and description.
    statuses: Vec<(String, [String; 3])>,
}

impl GitHub {
    /// The check of this name on this commit; another run of it replaces the first. Returns its number.
    pub fn check(&self, commit: &str, run: CheckRun) -> u64 {
        let runs = &mut self.world.state().pulls.checks.runs;
        let known = runs.iter().position(|(at, held)| at == commit && held.name == run.name);
        if let Some(at) = known {
            runs[at].1 = run;
            return at as u64 + 1;
        }
        runs.push((commit.into(), run));
        runs.len() as u64
    }

    /// A commit status: `pending`, `success`, `failure` or `error`.
    pub fn status(&self, commit: &str, context: &str, state: &str, description: &str) {
        let statuses = &mut self.world.state().pulls.checks.statuses;
        statuses.retain(|(at, [held, ..])| at != commit || held != context);
        statuses.push((commit.into(), [context, state, description].map(str::to_owned)));
    }
}

pub(super) fn routes() -> Router<World> {
    Router::new()
        .route("/repos/{owner}/{name}/commits/{commit}/check-runs", get(of_commit))
        .route("/repos/{owner}/{name}/commits/{commit}/status", get(status_of_commit))
        .route("/repos/{owner}/{name}/check-runs/{id}", get(one))
        .route("/repos/{owner}/{name}/check-runs/{id}/annotations", get(annotations))
}

async fn of_commit(
    State(world): State<World>,
    Path((owner, name, commit)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    find(&world, &headers, &owner, &name)?;
    let state = world.state();
    let all = state.pulls.checks.runs.iter().enumerate();
    let of_it = all.filter(|(_, (at, _))| *at == commit);
    let runs: Vec<_> =
        of_it.map(|(at, (_, run))| shown(&headers, &owner, &name, at as u64 + 1, run)).collect();
    Ok(Json(json!({"total_count": runs.len(), "check_runs": runs})))
}

fn shown(headers: &HeaderMap, owner: &str, name: &str, id: u64, run: &CheckRun) -> Value {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let address = format!("http://{host}/{owner}/{name}/runs/{id}");
    json!({
        "id": id, "node_id": format!("CR_{id}"), "name": run.name, "status": run.status,
        "conclusion": run.conclusion, "html_url": address, "details_url": address,
        "started_at": "2026-11-01T10:00:00Z", "completed_at": null,
        "output": {
            "title": null, "summary": run.summary, "text": run.text,
            "annotations_count": run.annotations.len(),
        },
    })
}

async fn one(
    State(world): State<World>,
    Path((owner, name, id)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let run = find_run(&world, &headers, &owner, &name, id)?;
    Ok(Json(shown(&headers, &owner, &name, id, &run)))
}

async fn annotations(
    State(world): State<World>,
    Path((owner, name, id)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let run = find_run(&world, &headers, &owner, &name, id)?;
    let shown = run.annotations.iter().map(|annotation| {
        json!({
            "path": annotation.path, "start_line": annotation.line, "end_line": annotation.line,
            "annotation_level": "failure", "message": annotation.message, "title": null, "raw_details": null,
        })
    });
    Ok(Json(shown.collect()))
}

fn find_run(
    world: &World,
    headers: &HeaderMap,
    owner: &str,
    name: &str,
    id: u64,
) -> Result<CheckRun, Refused> {
    find(world, headers, owner, name)?;
    let place = usize::try_from(id).unwrap_or_default().checked_sub(1);
    let run = place.and_then(|at| world.state().pulls.checks.runs.get(at).map(|(_, run)| run.clone()));
    run.ok_or(Refused(StatusCode::NOT_FOUND, "Not Found"))
}

async fn status_of_commit(
    State(world): State<World>,
    Path((owner, name, commit)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    find(&world, &headers, &owner, &name)?;
    let state = world.state();
    let of_it = state.pulls.checks.statuses.iter().filter(|(at, _)| *at == commit);
    let statuses: Vec<_> = of_it
        .map(|(_, [context, state, description])| {
            json!({
                "context": context, "state": state, "description": description,
                "target_url": format!("https://ci.example/{context}"),
            })
        })
        .collect();
    Ok(Json(json!({"state": "pending", "sha": commit, "total_count": statuses.len(), "statuses": statuses})))
}
