//! What only the server has of this crate: who asks, the engine, and the error that people see.
//!
//! The server puts a [`Caller`] and the `Installation` into the extensions of every request, and calls [`provide`] as
//! the additional context of pages and of server functions.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Extension,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
};
use leptos::prelude::{expect_context, provide_context, use_context};
use leptos_axum::ResponseOptions;
use slipway_engine::{Engine, Error};
use slipway_protocol::{
    Command, CommandId, CommandOutcome, ErrorKind, Installation, LIST_PAGE, LONGEST_LIST, ListQuery, Mode,
    ModelRef, NewSession, Person, PromptId, RepositoryId, SessionFilter, SessionId, SubmittedCommand,
};

use crate::{
    api::{
        AccountPage, MessageForm, ModelChoice, Owned, Problem, SessionList, SetupFacts, SignedInDevice,
        StartForm, StartPage,
    },
    id, percent,
    reply::Reply,
    visitor::{Motion, Theme, Visitor},
};

/// Who is signed in, for each request.
#[derive(Clone, Debug)]
pub struct Caller(pub Option<Person>);

/// Where the person behind a request is, for each request.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// What stands for the device behind a request, for each request; none before anybody signs in.
#[derive(Clone, Debug)]
pub struct ThisDevice(pub Option<String>);

/// The app at GitHub and who may sign in with it, for each request; for the owner's eyes.
#[derive(Clone, Debug)]
pub struct SignInFacts(pub Option<(String, String)>);

const THEME_COOKIE: &str = "theme";
const MOTION_COOKIE: &str = "motion";
const PROBLEM_COOKIE: &str = "problem";

/// The context of a page or of a server function.
pub fn provide(engine: Engine) {
    let parts: Parts = expect_context();
    let response: ResponseOptions = expect_context();
    let installation: &Installation = parts.extensions.get().expect("the server says what it is");
    let problem = cookie(&parts.headers, PROBLEM_COOKIE).map(|text| percent::decode(&text));
    if problem.is_some() && parts.method == Method::GET {
        response.append_header(header::SET_COOKIE, problem_cookie("", 0));
    }
    provide_context(Visitor {
        person: person(&parts),
        installation: installation.clone(),
        motion: Motion::from_slug(&cookie(&parts.headers, MOTION_COOKIE).unwrap_or_default()),
        theme: Theme::from_slug(&cookie(&parts.headers, THEME_COOKIE).unwrap_or_default()),
        problem,
        form_id: new_id(),
        now: now(),
    });
    let posted_form = is_posted_form(&parts);
    provide_context(Reply(Arc::new(move |status| {
        // A form is answered with a redirect, whatever happened.
        if let (false, Ok(status)) = (posted_form, StatusCode::from_u16(status)) {
            response.set_status(status);
        }
    })));
    let client = parts.extensions.get::<Client>();
    provide_context(client.map_or_else(|| engine.clone(), |client| engine.asked_from(client.0)));
}

/// The engine, and who asks.
pub(crate) fn caller() -> Result<(Engine, Person), Problem> {
    let signed_out = || problem(Error { kind: ErrorKind::SignedOut, sentence: "Sign in to go on.".into() });
    let person = use_context::<Parts>().and_then(|parts| person(&parts)).ok_or_else(signed_out)?;
    Ok((expect_context(), person))
}

pub(crate) fn problem(error: Error) -> Problem {
    crate::reply::status(error.kind.status());
    Problem::new(error.kind, error.sentence)
}

pub(crate) fn list_query(
    filter: SessionFilter,
    search: String,
    repository: String,
    most: Option<usize>,
) -> ListQuery {
    let repository = (!repository.is_empty()).then(|| RepositoryId::new(repository));
    let most = most.unwrap_or(LIST_PAGE).clamp(1, LONGEST_LIST);
    ListQuery { filter, search, repository, most }
}

pub(crate) async fn session_list(
    engine: &Engine,
    person: &Person,
    wanted: &ListQuery,
) -> Result<SessionList, Error> {
    // In this order: looking for lines asks who may still read what, and then nothing lost is counted.
    let (sessions, more) = engine.sessions(person, wanted).await?;
    let held = engine.session_counts(person, &wanted.search).await?;
    let counts = held.iter().map(|(_, counts)| *counts).sum();
    let of_tab = held.into_iter().filter(|(_, counts)| counts.of(wanted.filter) > 0);
    let repositories = of_tab.map(|(repository, _)| repository).collect();
    let found = engine.search(person, &wanted.search, None).await?;
    Ok(SessionList { sessions, more, counts, repositories, found })
}

pub(crate) async fn account_page(engine: &Engine, person: &Person) -> Result<AccountPage, Error> {
    let parts = use_context::<Parts>();
    let here = parts.as_ref().and_then(|parts| parts.extensions.get::<ThisDevice>()?.0.clone());
    let facts = parts.as_ref().and_then(|parts| parts.extensions.get::<SignInFacts>()?.0.clone());
    let devices = engine.devices(person).await?.into_iter().map(|device| SignedInDevice {
        here: here.as_ref() == Some(&device.key),
        key: device.key,
        name: device.name,
        since: device.since,
        seen_at: device.seen_at,
    });
    let devices = devices.collect();
    let owns = engine.is_owner(person).await?;
    let owned = owns.then_some(facts).flatten();
    let owned = owned.map(|(client_id, allow)| Owned { client_id, allow });
    Ok(AccountPage {
        github: !slipway_engine::is_local(&person.id),
        devices,
        preferences: engine.preferences(person).await?,
        choice: models(engine).await,
        about: engine.about(),
        providers: engine.providers(),
        spending: engine.spending(person).await?,
        owns,
        owned,
    })
}

pub(crate) async fn models(engine: &Engine) -> ModelChoice {
    ModelChoice { models: engine.models().await.unwrap_or_default(), default: engine.default_model().await }
}

pub(crate) async fn start_page(
    engine: &Engine,
    person: &Person,
    wanted: Option<RepositoryId>,
    find: String,
) -> Result<StartPage, Error> {
    let picker = engine.pick_repository(person, &find, wanted.as_ref(), false).await?;
    let can_be_picked = |id: &RepositoryId| picker.repositories.iter().any(|known| known.id == *id);
    let repository = wanted.filter(|id| find.is_empty() && can_be_picked(id)).or_else(|| {
        let open = picker.repositories.iter().find(|known| !known.archived);
        open.map(|known| known.id.clone())
    });
    let branches = match &repository {
        Some(id) => engine.branches(person, id).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let preferences = engine.preferences(person).await?;
    let mut choice = models(engine).await;
    choice.default = preferences.model.or(choice.default);
    Ok(StartPage { picker, find, repository, branches, choice, mode: preferences.mode })
}

pub(crate) async fn create_from_form(form: StartForm) -> Result<SessionId, Problem> {
    let (engine, person) = caller()?;
    let shown = form.branches_of == form.repository && !form.base_branch.is_empty();
    let repository = RepositoryId::new(form.repository);
    // Without a name it is the repository's default.
    let base_branch = if shown { form.base_branch } else { String::new() };
    let new = NewSession {
        id: SessionId::new(form.form_id.clone()),
        repository,
        base_branch,
        mode: Mode::from_slug(&form.mode).unwrap_or_default(),
        model: ModelRef::parse(&form.model),
        prompt: PromptId::new(form.form_id),
        message: form.message,
    };
    engine.create_session(&person, new).await.map_err(problem)
}

pub(crate) async fn send_message(form: MessageForm) -> Result<(), Problem> {
    let (engine, person) = caller()?;
    let command = Command::Prompt {
        prompt: PromptId::new(form.form_id.clone()),
        text: form.text,
        mode: Mode::from_slug(&form.mode),
        model: ModelRef::parse(&form.model),
        attachments: Vec::new(),
    };
    submit(&engine, &person, form.session, SubmittedCommand { id: CommandId::new(form.form_id), command })
        .await
}

pub(crate) async fn stop_turn(form: MessageForm) -> Result<(), Problem> {
    let (engine, person) = caller()?;
    let id = CommandId::new(format!("stop-{}", form.form_id));
    submit(&engine, &person, form.session, SubmittedCommand { id, command: Command::Stop { turn: None } })
        .await
}

async fn submit(
    engine: &Engine,
    person: &Person,
    session: String,
    submitted: SubmittedCommand,
) -> Result<(), Problem> {
    match engine.submit(person, &SessionId::new(session), submitted).await.map_err(problem)? {
        CommandOutcome::Applied => Ok(()),
        CommandOutcome::Refused { sentence } => Err(problem(Error { kind: ErrorKind::Conflict, sentence })),
    }
}

/// Longer texts stay in the browser's own history.
const MOST_KEPT: usize = 16_000;

/// Answers a plain form: on to the address, or back to the page with the reason shown and the fields kept.
pub(crate) fn answer_form(outcome: Result<String, Problem>, page: &str, fields: &[(&str, &str)]) {
    let problem = match outcome {
        Ok(address) => return leptos_axum::redirect(&address),
        Err(problem) => problem,
    };
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(header::SET_COOKIE, problem_cookie(problem.sentence(), 60));
    }
    let kept = fields.iter().map(|(name, value)| format!("{name}={}", percent::encode(value)));
    let query = kept.collect::<Vec<_>>().join("&");
    let query = if query.len() > MOST_KEPT { String::new() } else { query };
    leptos_axum::redirect(&format!("{page}?{query}"));
}

/// What the first set-up shows, where the server lets this visitor see it.
pub(crate) async fn setup_facts() -> Result<SetupFacts, Error> {
    let shown: Result<Extension<SetupFacts>, _> = leptos_axum::extract().await;
    let nothing = |_| Error::new(ErrorKind::NotFound, "There is nothing at this address.");
    shown.map(|Extension(facts)| facts).map_err(nothing)
}

/// Tells the next page why a form changed nothing.
pub fn problem_cookie(sentence: &str, seconds: u32) -> HeaderValue {
    let value = percent::encode(sentence);
    HeaderValue::from_str(&format!(
        "{PROBLEM_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    ))
    .expect("percent-encoded text fits into a header")
}

fn person(parts: &Parts) -> Option<Person> {
    parts.extensions.get::<Caller>().and_then(|caller| caller.0.clone())
}

fn is_posted_form(parts: &Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

fn new_id() -> String {
    let mut bytes = [0; id::BYTES];
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    id::from_random(bytes)
}

#[expect(clippy::disallowed_methods, reason = "the page says when it was made")]
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
