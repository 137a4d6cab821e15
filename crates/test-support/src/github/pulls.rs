//! Pull requests: made by whoever may push, from branches that are there, one for each branch.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    GitHub, World,
    api::{self, Refused, account, caller, find, refusal},
    checks, git, reviews,
};
use crate::programs::plain_git;

const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// How the next request for a pull request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullFault {
    /// It is made, and the connection ends before the answer.
    AnswerLost,
    /// 500, and nothing was made.
    Broken,
    /// 403 without a word of limits.
    Forbidden,
    /// 409: something else is at it.
    Conflict,
}

/// One pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    pub repository: u64,
    pub number: u64,
    pub title: String,
    pub body: String,
    pub head: String,
    pub base: String,
    pub draft: bool,
    pub author: String,
    pub closed: bool,
    pub merged: bool,
}

/// Everything around pull requests.
#[derive(Debug, Default)]
pub(super) struct Held {
    pulls: Vec<Pull>,
    pub(super) checks: checks::Held,
    pub(super) reviews: reviews::Held,
    fault: Option<PullFault>,
    unchanged: AtomicUsize,
    asked: AtomicUsize,
}

impl GitHub {
    /// Every pull request there is, in order.
    pub fn pulls(&self) -> Vec<Pull> {
        self.world.state().pulls.pulls.clone()
    }

    /// Somebody opens one by hand. Returns its number.
    pub fn open_pull(&self, full_name: &str, head: &str, title: &str) -> u64 {
        let mut state = self.world.state();
        let repository = state.repositories.iter().find(|held| held.full_name == full_name);
        let repository = repository.expect("the repository is there").id;
        let asked = Asked {
            title: title.into(),
            body: String::new(),
            head: head.into(),
            base: "main".into(),
            draft: false,
        };
        state.pulls.add(repository, "somebody", asked).number
    }

    /// Changes a pull request as its people would.
    pub fn change_pull(&self, number: u64, change: impl FnOnce(&mut Pull)) {
        let mut state = self.world.state();
        change(state.pulls.pulls.iter_mut().find(|pull| pull.number == number).expect("it is there"));
    }

    /// The next request to open one fails like this.
    pub fn fail_pull(&self, fault: PullFault) {
        self.world.state().pulls.fault = Some(fault);
    }

    /// How often somebody looked at pull requests and what belongs to them, and how often nothing had changed since.
    pub fn looks(&self) -> (usize, usize) {
        let state = self.world.state();
        let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        (count(&state.pulls.asked), count(&state.pulls.unchanged))
    }
}

impl Held {
    fn add(&mut self, repository: u64, author: &str, asked: Asked) -> Pull {
        let Asked { title, body, head, base, draft } = asked;
        let pull = Pull {
            repository,
            number: self.pulls.iter().filter(|pull| pull.repository == repository).count() as u64 + 1,
            title,
            body,
            head,
            base,
            draft,
            author: author.into(),
            closed: false,
            merged: false,
        };
        self.pulls.push(pull.clone());
        pull
    }
}

pub(super) fn router(world: World) -> Router {
    Router::new()
        .route("/repositories/{id}", get(by_number))
        .route("/repos/{owner}/{name}/pulls", get(list).post(open))
        .route("/repos/{owner}/{name}/pulls/{number}", get(one))
        .merge(checks::routes())
        .merge(reviews::routes())
        .layer(middleware::from_fn_with_state(world.clone(), conditional))
        .layer(middleware::from_fn_with_state(world.clone(), api::fail))
        .with_state(world)
}

/// An answer that the asker has already is 304 and empty.
async fn conditional(State(world): State<World>, request: Request, next: Next) -> Response {
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let reads = request.method() == axum::http::Method::GET;
    let answer = next.run(request).await;
    if !reads || answer.status() != StatusCode::OK {
        return answer;
    }
    world.state().pulls.asked.fetch_add(1, Ordering::Relaxed);
    let (mut parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_ANSWER).await else { return git::cut() };
    let digest = Sha256::digest(&bytes);
    let tag = format!("W/\"{:02x?}\"", &digest[..16]).replace(['[', ']', ',', ' '], "");
    let tag = HeaderValue::from_str(&tag).expect("a tag");
    if known.as_ref() == Some(&tag) {
        world.state().pulls.unchanged.fetch_add(1, Ordering::Relaxed);
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    parts.headers.insert(header::ETAG, tag);
    Response::from_parts(parts, Body::from(bytes))
}

async fn by_number(
    State(world): State<World>,
    Path(id): Path<u64>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let known = world.state().repositories.iter().find(|held| held.id == id).cloned();
    let known = known.ok_or(Refused(StatusCode::NOT_FOUND, "Not Found"))?;
    let (owner, name) = known.full_name.split_once('/').unwrap_or_default();
    Ok(Json(api::shown(&find(&world, &headers, owner, name)?)))
}

#[derive(Deserialize)]
struct Asked {
    title: String,
    #[serde(default)]
    body: String,
    head: String,
    base: String,
    #[serde(default)]
    draft: bool,
}

async fn open(
    State(world): State<World>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
    Json(asked): Json<Asked>,
) -> Result<Response, Refused> {
    let login = caller(&world, &headers)?;
    let repository = find(&world, &headers, &owner, &name)?;
    if !world.may_push(&login, &repository) {
        return Err(Refused(StatusCode::FORBIDDEN, "Must have push access to the repository"));
    }
    let fault = world.state().pulls.fault.take();
    match fault {
        Some(PullFault::Broken) => return Ok(refusal(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")),
        Some(PullFault::Forbidden) => {
            return Err(Refused(StatusCode::FORBIDDEN, "Resource not accessible by integration"));
        }
        Some(PullFault::Conflict) => return Err(Refused(StatusCode::CONFLICT, "Git Repository is locked.")),
        Some(PullFault::AnswerLost) | None => {}
    }
    let commit = |branch: &str| world.commit_of(&repository.full_name, branch);
    let invalid = |field: &str| {
        Ok(unprocessable(&json!({"resource": "PullRequest", "field": field, "code": "invalid"})))
    };
    let Some(head) = commit(&asked.head) else { return invalid("head") };
    let Some(base) = commit(&asked.base) else { return invalid("base") };
    let custom = |message: String| json!({"resource": "PullRequest", "code": "custom", "message": message});
    if head == base {
        let message = format!("No commits between {} and {}", asked.base, asked.head);
        return Ok(unprocessable(&custom(message)));
    }
    let again = world.state().pulls.pulls.iter().any(|pull| {
        pull.repository == repository.id && pull.head == asked.head && pull.base == asked.base && !pull.closed
    });
    if again {
        let message = format!("A pull request already exists for {owner}:{}.", asked.head);
        return Ok(unprocessable(&custom(message)));
    }
    let pull = world.state().pulls.add(repository.id, &login, asked);
    if fault == Some(PullFault::AnswerLost) {
        return Ok(git::cut());
    }
    Ok((StatusCode::CREATED, Json(shown(&world, &headers, &owner, &name, &pull))).into_response())
}

fn unprocessable(error: &Value) -> Response {
    let body = json!({
        "message": "Validation Failed", "errors": [error], "status": "422",
        "documentation_url": "https://docs.github.com/rest/pulls/pulls#create-a-pull-request",
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    /// `owner:branch`
    head: Option<String>,
    state: Option<String>,
}

/// The newest first.
async fn list(
    State(world): State<World>,
    Path((owner, name)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let repository = find(&world, &headers, &owner, &name)?;
    let pulls = world.state().pulls.pulls.clone();
    let fits = |pull: &&Pull| {
        let state = wanted.state.as_deref().unwrap_or("open");
        pull.repository == repository.id
            && (state == "all" || (state == "open") != pull.closed)
            && wanted.head.as_ref().is_none_or(|head| *head == format!("{owner}:{}", pull.head))
    };
    Ok(Json(
        pulls.iter().rev().filter(fits).map(|pull| shown(&world, &headers, &owner, &name, pull)).collect(),
    ))
}

async fn one(
    State(world): State<World>,
    Path((owner, name, number)): Path<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refused> {
    let pull = find_pull(&world, &headers, &owner, &name, number)?;
    Ok(Json(shown(&world, &headers, &owner, &name, &pull)))
}

pub(super) fn find_pull(
    world: &World,
    headers: &HeaderMap,
    owner: &str,
    name: &str,
    number: u64,
) -> Result<Pull, Refused> {
    let repository = find(world, headers, owner, name)?;
    let state = world.state();
    let found =
        state.pulls.pulls.iter().find(|pull| pull.repository == repository.id && pull.number == number);
    found.cloned().ok_or(Refused(StatusCode::NOT_FOUND, "Not Found"))
}

fn shown(world: &World, headers: &HeaderMap, owner: &str, name: &str, pull: &Pull) -> Value {
    let commit = world.commit_of(&format!("{owner}/{name}"), &pull.head).unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let side = |branch: &str, commit: &str| json!({"label": format!("{owner}:{branch}"), "ref": branch, "sha": commit, "user": account(owner, 1)});
    json!({
        "id": 70_000 + pull.number, "node_id": format!("PR_{}", pull.number), "number": pull.number,
        "url": format!("http://{host}/repos/{owner}/{name}/pulls/{}", pull.number),
        "html_url": format!("http://{host}/{owner}/{name}/pull/{}", pull.number),
        "state": if pull.closed { "closed" } else { "open" }, "title": pull.title, "body": pull.body,
        "draft": pull.draft, "user": account(&pull.author, 2), "locked": false,
        "head": side(&pull.head, &commit), "base": side(&pull.base, ""),
        "merged_at": pull.merged.then_some("2026-11-02T10:00:00Z"), "merged": pull.merged,
        "created_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z",
    })
}

impl World {
    pub(super) fn commit_of(&self, full_name: &str, branch: &str) -> Option<String> {
        let bare = self.bare(full_name)?;
        let found =
            plain_git(&bare, &["for-each-ref", "--format=%(objectname)", &format!("refs/heads/{branch}")]);
        Some(found).filter(|commit| !commit.is_empty())
    }
}
