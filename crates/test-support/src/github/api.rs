//! The part of the API that Slipway asks.

use axum::{
    Json, Router,
    extract::{OriginalUri, Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Fault, Repository, World, conditional, git, installations};

pub(super) fn router(world: World) -> Router {
    Router::new()
        .route("/user", get(me))
        .route("/user/orgs", get(organisations))
        .route("/user/repos", get(repositories))
        .route("/repos/{owner}/{name}", get(repository))
        .with_state(world.clone())
        .merge(installations::router(world.clone()))
        .layer(middleware::from_fn_with_state(world.clone(), conditional::answer))
        .layer(middleware::from_fn_with_state(world, fail))
}

pub(super) async fn fail(State(world): State<World>, request: Request, next: Next) -> Response {
    let fault = {
        let mut state = world.state();
        *state.asked.entry(request.uri().path().to_owned()).or_default() += 1;
        state.fault
    };
    let message =
        |text: &str| Json(json!({"message": text, "documentation_url": "https://docs.github.com/rest"}));
    match fault {
        None => next.run(request).await,
        Some(Fault::RateLimited { until }) => {
            let mut headers = HeaderMap::new();
            headers.insert("x-ratelimit-remaining", HeaderValue::from_static("0"));
            headers.insert("x-ratelimit-reset", HeaderValue::from(until));
            (StatusCode::FORBIDDEN, headers, message("API rate limit exceeded")).into_response()
        }
        Some(Fault::SlowDown) => {
            let wait = [(header::RETRY_AFTER, "60")];
            (StatusCode::TOO_MANY_REQUESTS, wait, message("You have exceeded a secondary rate limit"))
                .into_response()
        }
        Some(Fault::TooMany) => refusal(StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        Some(Fault::Secondary) => refusal(
            StatusCode::FORBIDDEN,
            "You have exceeded a secondary rate limit. Please wait a few minutes.",
        ),
        Some(Fault::Cut) => git::cut(),
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::BadGateway) => (StatusCode::BAD_GATEWAY, Html("<h1>Unicorn!</h1>")).into_response(),
    }
}

/// Who asks.
pub(super) fn caller(world: &World, headers: &HeaderMap) -> Result<String, Refused> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = shown.strip_prefix("Bearer ").or_else(|| shown.strip_prefix("token ")).unwrap_or_default();
    world.state().tokens.get(token).cloned().ok_or(Refused(StatusCode::UNAUTHORIZED, "Bad credentials"))
}

/// A status and a message.
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        refusal(self.0, self.1)
    }
}

pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    let body = json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_u16().to_string()});
    (status, Json(body)).into_response()
}

async fn me(State(world): State<World>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let login = caller(&world, &headers)?;
    let id = world.state().people.get(&login).copied().unwrap_or_default();
    Ok(Json(account(&login, id)))
}

pub(super) fn account(login: &str, id: u64) -> Value {
    json!({
        "login": login, "id": id, "node_id": format!("U_{id}"), "type": "User", "site_admin": false, "name": null,
        "avatar_url": format!("https://avatars.example/{id}"), "url": format!("https://api.example/users/{login}"),
    })
}

async fn organisations(State(world): State<World>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let login = caller(&world, &headers)?;
    let state = world.state();
    let theirs = state.organisations.iter().filter(|(_, members)| members.contains(&login));
    let shown = theirs.enumerate().map(|(at, (name, _))| {
        json!({"login": name, "id": 9_000 + at, "node_id": format!("O_{at}"), "url": format!("https://api.example/orgs/{name}")})
    });
    Ok(Json(shown.collect()))
}

#[derive(Deserialize)]
struct Page {
    #[serde(default = "first")]
    page: usize,
    #[serde(default = "usual")]
    per_page: usize,
}

fn first() -> usize {
    1
}

fn usual() -> usize {
    30
}

async fn repositories(
    State(world): State<World>,
    OriginalUri(uri): OriginalUri,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let login = caller(&world, &headers)?;
    let state = world.state();
    let theirs: Vec<_> = state.repositories.iter().filter(|held| held.readers.contains(&login)).collect();
    let skipped = (page.page - 1) * page.per_page;
    let shown: Vec<_> = theirs.iter().skip(skipped).take(page.per_page).map(|held| shown(held)).collect();
    let mut answer = Json(shown).into_response();
    if skipped + page.per_page < theirs.len() {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let others = uri.query().unwrap_or_default().split('&').filter(|part| !part.starts_with("page="));
        let query = others
            .map(str::to_owned)
            .chain([format!("page={}", page.page + 1)])
            .collect::<Vec<_>>()
            .join("&");
        let next = format!("<http://{host}{}?{query}>; rel=\"next\"", uri.path());
        answer.headers_mut().insert(header::LINK, next.parse().expect("a header"));
    }
    Ok(answer)
}

pub(super) fn shown(repository: &Repository) -> Value {
    let (owner, name) = repository.full_name.split_once('/').unwrap_or_default();
    json!({
        "id": repository.id, "node_id": format!("R_{}", repository.id), "name": name, "full_name": repository.full_name,
        "owner": account(owner, 1), "private": repository.private, "archived": repository.archived,
        "description": null, "fork": false, "default_branch": "main", "pushed_at": "2026-11-01T10:00:00Z",
        "url": format!("https://api.example/repos/{}", repository.full_name),
        "permissions": {"admin": false, "push": true, "pull": true},
    })
}

/// What somebody may not see does not exist.
async fn repository(
    State(world): State<World>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    // One that was renamed is found by its number.
    if let Some(id) = world.moved(&format!("{owner}/{name}")) {
        let at = [(header::LOCATION, format!("/repositories/{id}"))];
        return Ok((StatusCode::MOVED_PERMANENTLY, at).into_response());
    }
    Ok(Json(shown(&find(&world, &headers, &owner, &name)?)).into_response())
}

pub(super) fn find(
    world: &World,
    headers: &HeaderMap,
    owner: &str,
    name: &str,
) -> Result<Repository, Refused> {
    let login = caller(world, headers)?;
    let full_name = format!("{owner}/{name}");
    let state = world.state();
    let found = state.repositories.iter().find(|held| held.full_name == full_name);
    let readable = found.filter(|held| !held.private || held.readers.contains(&login));
    readable.cloned().ok_or(Refused(StatusCode::NOT_FOUND, "Not Found"))
}
