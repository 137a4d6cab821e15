//! Whether the person trusts the repository of a session.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use slipway_protocol::SessionId;

use super::Problem;

/// None: they have not decided.
#[server(prefix = "/api", endpoint = "sessions/trust", input = Json)]
pub async fn load_trust(session: SessionId) -> Result<Option<bool>, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.trust(&person, &session).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "sessions/trust/decide", input = Json)]
pub async fn decide_trust(session: SessionId, trusted: bool) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.decide_trust(&person, &session, trusted).await.map_err(crate::ssr::problem)
}

/// The two buttons as a plain form, for pages without scripts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrustForm {
    pub session: String,
    /// `true` or anything else: what comes in a form is text.
    pub trusted: String,
}

/// Decides and goes back to the conversation.
#[server(prefix = "/api", endpoint = "sessions/trust/form")]
pub async fn decide_trust_by_form(#[server(flatten)] form: TrustForm) -> Result<(), Problem> {
    let page = format!("/sessions/{}", form.session);
    let decided = decide_trust(SessionId::new(form.session), form.trusted == "true").await;
    crate::ssr::answer_form(decided.map(|()| page.clone()), &page, &[]);
    Ok(())
}
