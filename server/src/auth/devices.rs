//! Signing out: here, on one device, or everywhere. Sockets of that device end at once.

use app::ssr::{Caller, Client, ThisDevice};
use axum::{
    Extension, Form,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use slipway_protocol::Deed;
use tower_sessions::Session;

use crate::{
    auth::{required, unsaved},
    error::{Reader, of_engine},
    state::AppState,
};

/// Which device; none: all of them.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    device: String,
}

/// `POST /auth/logout`
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(Client(from)): Extension<Client>,
    session: Session,
    headers: HeaderMap,
) -> Response {
    let reader = Reader::of(&headers);
    if let Err(error) = session.flush().await {
        return unsaved(reader, &error);
    }
    if let Some(who) = caller.0
        && let Err(error) =
            state.engine.asked_from(from).remember(Some(&who.id), Deed::SignedOut, "here").await
    {
        return of_engine(reader, error);
    }
    announce(&state);
    Redirect::to("/").into_response()
}

/// `POST /auth/devices`
pub(crate) async fn sign_out_devices(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(Client(from)): Extension<Client>,
    Extension(ThisDevice(here)): Extension<ThisDevice>,
    session: Session,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Response {
    let reader = Reader::of(&headers);
    let who = match required(caller, reader) {
        Ok(who) => who,
        Err(answer) => return *answer,
    };
    let device = (!chosen.device.is_empty()).then_some(chosen.device);
    if let Err(error) = state.engine.asked_from(from).sign_out(&who, device.as_deref()).await {
        return of_engine(reader, error);
    }
    announce(&state);
    if device.is_some() && device != here {
        return Redirect::to("/settings").into_response();
    }
    // The row is gone; what is left of it in this request must not be written again.
    match session.flush().await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => unsaved(reader, &error),
    }
}

fn announce(state: &AppState) {
    state.sign_outs.send_modify(|times| *times += 1);
}
