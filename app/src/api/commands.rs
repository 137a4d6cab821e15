//! Asking something of a session.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use slipway_protocol::{CommandOutcome, SessionId, SubmittedCommand};

use super::Problem;

/// Stores the command before it answers; the same id again changes nothing.
#[server(prefix = "/api", endpoint = "sessions/submit", input = Json)]
pub async fn submit(session: SessionId, command: SubmittedCommand) -> Result<CommandOutcome, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.submit(&person, &session, command).await.map_err(crate::ssr::problem)
}

/// The composer as a plain form, for pages without scripts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageForm {
    pub session: String,
    /// Made by the server for each page, so that sending a form twice sends one message.
    pub form_id: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub mode: String,
    #[serde(default)]
    pub model: String,
}

/// Stops the running turn and goes back to the conversation. What stood in the composer's field is kept.
#[server(prefix = "/api", endpoint = "sessions/stop")]
pub async fn stop_turn(#[server(flatten)] form: MessageForm) -> Result<(), Problem> {
    let page = format!("/sessions/{}", form.session);
    let text = form.text.clone();
    let kept = if text.trim().is_empty() {
        page.clone()
    } else {
        format!("{page}?message={}", crate::percent::encode(&text))
    };
    crate::ssr::answer_form(crate::ssr::stop_turn(form).await.map(|()| kept), &page, &[("message", &text)]);
    Ok(())
}

/// Sends a message and goes back to the conversation, with the text kept where that failed.
#[server(prefix = "/api", endpoint = "sessions/send")]
pub async fn send_message(#[server(flatten)] form: MessageForm) -> Result<(), Problem> {
    let page = format!("/sessions/{}", form.session);
    let text = form.text.clone();
    crate::ssr::answer_form(
        crate::ssr::send_message(form).await.map(|()| page.clone()),
        &page,
        &[("message", &text)],
    );
    Ok(())
}
