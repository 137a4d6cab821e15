//! The pages on which a person agrees, and the trade of a code for a token.

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{CLIENT_ID, CLIENT_SECRET, Code, Returned, World};

pub(super) fn router(world: World) -> Router {
    Router::new()
        .route("/login/oauth/authorize", get(ask).post(agree))
        .route("/login/oauth/access_token", post(trade))
        .with_state(world)
}

/// What an app asks for; GitHub's page sends it along with the person's answer.
#[derive(Deserialize)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
    /// Who agrees; nobody: they cancelled.
    #[serde(default)]
    login: String,
}

/// A button for each person, and one to cancel.
async fn ask(State(world): State<World>, Query(asked): Query<Asked>) -> Response {
    if asked.client_id != CLIENT_ID {
        return (StatusCode::NOT_FOUND, Html("This app is not known.")).into_response();
    }
    let people = world.state().people.keys().cloned().collect::<Vec<_>>();
    let fields = [
        ("client_id", &asked.client_id),
        ("redirect_uri", &asked.redirect_uri),
        ("state", &asked.state),
        ("code_challenge", &asked.code_challenge),
        ("code_challenge_method", &asked.code_challenge_method),
    ];
    let hidden =
        fields.map(|(name, value)| format!("<input type=hidden name={name} value=\"{value}\">")).concat();
    let button = |login: &str, text: &str| format!("<button name=login value=\"{login}\">{text}</button>");
    let buttons =
        people.iter().map(|login| button(login, &format!("Authorize as {login}"))).collect::<String>();
    let cancel = button("", "Cancel");
    Html(format!("<!doctype html><title>GitHub</title><link rel=icon href=\"data:,\"><form method=post>{hidden}{buttons}{cancel}</form>"))
        .into_response()
}

async fn agree(State(world): State<World>, Form(asked): Form<Asked>) -> Response {
    match answered(&world, &asked) {
        Some(returned) => Redirect::to(&returned.address).into_response(),
        None => (StatusCode::BAD_REQUEST, Html("This cannot be agreed to.")).into_response(),
    }
}

/// What the form of the page at this address comes to.
pub(super) fn returned(world: &World, address: &str, login: &str) -> Returned {
    let uri: Uri = address.parse().expect("an address");
    let Query(asked) = Query::<Asked>::try_from_uri(&uri).expect("what an app asks for");
    answered(world, &Asked { login: login.into(), ..asked }).expect("it can be agreed to")
}

fn answered(world: &World, asked: &Asked) -> Option<Returned> {
    let back = |answer: &str, code: Option<String>| Returned {
        address: format!("{}?{answer}&state={}", asked.redirect_uri, asked.state),
        code,
        state: asked.state.clone(),
    };
    if asked.login.is_empty() {
        return Some(back("error=access_denied", None));
    }
    let mut state = world.state();
    if !state.people.contains_key(&asked.login) || asked.code_challenge_method != "S256" {
        return None;
    }
    let code = state.mint("code");
    let agreed = Code {
        login: asked.login.clone(),
        challenge: asked.code_challenge.clone(),
        redirect_uri: asked.redirect_uri.clone(),
    };
    state.codes.insert(code.clone(), agreed);
    Some(back(&format!("code={code}"), Some(code)))
}

#[derive(Deserialize)]
struct Trade {
    client_id: String,
    client_secret: String,
    grant_type: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
}

async fn trade(State(world): State<World>, Form(trade): Form<Trade>) -> Json<Value> {
    if (trade.client_id.as_str(), trade.client_secret.as_str()) != (CLIENT_ID, CLIENT_SECRET) {
        return refused("incorrect_client_credentials");
    }
    let mut state = world.state();
    let login = if trade.grant_type.as_deref() == Some("refresh_token") {
        state.renewals += 1;
        // Good once: the next one comes with the new token.
        let Some(login) = trade.refresh_token.and_then(|token| state.refresh_tokens.remove(&token)) else {
            return refused("bad_refresh_token");
        };
        state.tokens.retain(|_, owner| *owner != login);
        login
    } else {
        let Some(code) = trade.code.and_then(|code| state.codes.remove(&code)) else {
            return refused("bad_verification_code");
        };
        let proof =
            trade.code_verifier.map(|verifier| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
        if proof.as_deref() != Some(&code.challenge)
            || trade.redirect_uri.as_ref() != Some(&code.redirect_uri)
        {
            return refused("bad_verification_code");
        }
        code.login
    };
    let token = state.mint("gho");
    state.tokens.insert(token.clone(), login.clone());
    let mut answer = json!({"access_token": token, "token_type": "bearer", "scope": "repo,read:org"});
    if let Some(seconds) = state.expire_after {
        let refresh = state.mint("ghr");
        state.refresh_tokens.insert(refresh.clone(), login);
        answer["expires_in"] = json!(seconds);
        answer["refresh_token"] = json!(refresh);
        answer["refresh_token_expires_in"] = json!(15_811_200);
    }
    Json(answer)
}

/// With a status of 200, as GitHub does it.
fn refused(error: &str) -> Json<Value> {
    Json(
        json!({"error": error, "error_description": "It was refused.", "error_uri": "https://docs.github.com"}),
    )
}
