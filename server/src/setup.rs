//! First-run set-up in the browser: open while no app at GitHub is known, to whoever has the code that stands in the log.
//!
//! Once people can sign in there is nothing here, and nothing says that there ever was.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use app::{
    api::SetupFacts,
    percent,
    ssr::{Client, problem_cookie},
};
use axum::{
    Extension, Form,
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use slipway_engine::{
    Accounts, Error, GitHubRepositories, Registration, Repositories, Surroundings, keep_registration,
    random_id,
};
use slipway_protocol::{Deed, ErrorKind};
use slipway_store::Store;

use crate::{
    config::{Unusable, vault},
    error::{Reader, of_engine},
    pages,
    rate::too_many,
    state::AppState,
};

/// Letters of the code.
const LENGTH: usize = 24;

/// So many wrong codes in a minute, and for the rest of it none is looked at.
const MOST_WRONG: u32 = 10;
const MINUTE: Duration = Duration::from_mins(1);

/// What a set-up needs, and what it opens.
pub(crate) struct Desk {
    code: String,
    wrong: Mutex<(Option<Instant>, u32)>,
    store: Store,
    secret_key: Option<String>,
    data: PathBuf,
    surroundings: Surroundings,
    repositories: Arc<Repositories>,
}

impl Desk {
    pub(crate) fn new(
        store: Store,
        secret_key: Option<String>,
        data: PathBuf,
        surroundings: Surroundings,
        repositories: Arc<Repositories>,
    ) -> Self {
        let (code, wrong) = (random_id(LENGTH), Mutex::new((None, 0)));
        Self { code, wrong, store, secret_key, data, surroundings, repositories }
    }

    /// The page that whoever reads the log can open.
    pub(crate) fn path(&self) -> String {
        format!("/setup?code={}", self.code)
    }

    /// Whether this is the code.
    fn admits(&self, code: &str) -> Result<(), Error> {
        let now = Instant::now();
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.0.is_none_or(|since| now.duration_since(since) > MINUTE) {
            *wrong = (Some(now), 0);
        }
        if wrong.1 >= MOST_WRONG {
            return Err(Error::new(ErrorKind::Busy, "Too many wrong codes. Wait a minute."));
        }
        // Digests take as long to compare whatever was guessed.
        if Sha256::digest(code) == Sha256::digest(&self.code) {
            return Ok(());
        }
        wrong.1 += 1;
        Err(nothing_here())
    }

    async fn finish(&self, app: &Registration) -> Result<Arc<Accounts>, Error> {
        self.surroundings.try_out(app).await?;
        let open = || vault(self.secret_key.as_deref(), &self.data).map_err(unusable);
        keep_registration(&self.store, &open()?, app).await?;
        let accounts = self.surroundings.accounts(self.store.clone(), open()?, app)?;
        Ok(Arc::new(accounts))
    }
}

#[derive(Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    code: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    names: String,
}

#[derive(Deserialize)]
pub(crate) struct Entered {
    #[serde(flatten)]
    shown: Shown,
    #[serde(default)]
    client_secret: String,
}

/// `GET /setup`
pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    Query(shown): Query<Shown>,
    mut request: Request,
) -> Response {
    let desk = match desk(&state, &shown.code) {
        Ok(desk) => desk,
        Err(error) => return refused(&state, client, Reader::from(&request), error).await,
    };
    let web = &desk.surroundings.addresses.web;
    request.extensions_mut().insert(SetupFacts {
        homepage: state.origin.to_string(),
        callback: desk.surroundings.callback.clone(),
        register_at: format!("{web}/settings/applications/new"),
        code: shown.code,
        client_id: shown.client_id,
        who: shown.who,
        names: shown.names,
    });
    pages::render(&state, request).await
}

/// `POST /setup`
pub(crate) async fn finish(
    State(state): State<AppState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    Form(entered): Form<Entered>,
) -> Response {
    let desk = match desk(&state, &entered.shown.code) {
        Ok(desk) => desk,
        Err(error) => return refused(&state, client, Reader::of(&headers), error).await,
    };
    let app = Registration {
        client_id: entered.shown.client_id.trim().to_owned(),
        client_secret: entered.client_secret.trim().to_owned(),
        allow: allow(&entered.shown),
    };
    match desk.finish(&app).await {
        Ok(accounts) => {
            let remembered =
                state.engine.asked_from(client.0).remember(None, Deed::SetUp, &app.client_id).await;
            if let Err(error) = remembered {
                return back(&entered.shown, &error);
            }
            desk.repositories.open(GitHubRepositories::new(Arc::clone(&accounts)));
            let _ = state.accounts.set(accounts);
            tracing::info!(
                client_id = app.client_id,
                allow = app.allow,
                "people sign in with GitHub from now on"
            );
            Redirect::to("/").into_response()
        }
        Err(error) => back(&entered.shown, &error),
    }
}

/// While nobody can sign in, and for who has the code.
fn desk<'a>(state: &'a AppState, code: &str) -> Result<&'a Desk, Error> {
    let desk = open_desk(state).ok_or_else(nothing_here)?;
    desk.admits(code)?;
    Ok(desk)
}

fn open_desk(state: &AppState) -> Option<&Desk> {
    state.desk.as_deref().filter(|_| state.accounts.get().is_none())
}

/// Wrong codes are counted for all who guess, whoever they are; each that is looked at is remembered.
async fn refused(state: &AppState, Client(from): Client, reader: Reader, error: Error) -> Response {
    if error.kind == ErrorKind::Busy {
        return too_many(reader, MINUTE);
    }
    if open_desk(state).is_some()
        && let Err(error) = state.engine.asked_from(from).remember(None, Deed::SetUpRefused, "").await
    {
        return of_engine(reader, error);
    }
    of_engine(reader, error)
}

/// To the form, with what was entered but for the secret.
fn back(entered: &Shown, error: &Error) -> Response {
    let fields = [
        ("code", &entered.code),
        ("client_id", &entered.client_id),
        ("who", &entered.who),
        ("names", &entered.names),
    ];
    let query: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", percent::encode(value))).collect();
    let to = format!("/setup?{}", query.join("&"));
    let told = [(header::SET_COOKIE, problem_cookie(&error.sentence, 60))];
    (StatusCode::SEE_OTHER, told, [(header::LOCATION, to)]).into_response()
}

/// As the setting has it.
fn allow(entered: &Shown) -> String {
    let names = entered.names.trim();
    match entered.who.as_str() {
        "everyone" => "everyone".into(),
        "organisation" => format!("org:{names}"),
        // Somebody who is called so is not meant.
        _ if names.eq_ignore_ascii_case("everyone") || names.contains(':') => String::new(),
        _ => names.to_owned(),
    }
}

fn nothing_here() -> Error {
    Error::new(ErrorKind::NotFound, "There is nothing at this address.")
}

fn unusable(problem: Unusable) -> Error {
    Error::new(ErrorKind::Internal, problem.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_sign_in_is_written_as_the_setting_has_it() {
        let said = |who: &str, names: &str| {
            allow(&Shown {
                code: String::new(),
                client_id: String::new(),
                who: who.into(),
                names: names.into(),
            })
        };
        assert_eq!(said("everyone", "ada"), "everyone");
        assert_eq!(said("organisation", " acme "), "org:acme");
        assert_eq!(said("logins", "ada, grace"), "ada, grace");
        assert_eq!([said("logins", "everyone"), said("", "org:acme")], ["", ""], "nobody by accident");
    }
}
