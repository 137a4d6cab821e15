//! GitHub's side of a session: what is proposed for it, how it stands, what an agent is asked to fix.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::{CommandOutcome, Finding, PromptId, PublishingDraft, PullRequestView, SessionId};

use super::Problem;

#[server(prefix = "/api", endpoint = "sessions/publishing/draft", input = Json)]
pub async fn draft_publishing(session: SessionId) -> Result<PublishingDraft, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.draft_publishing(&person, &session).await.map_err(crate::ssr::problem)
}

/// None: there is none.
#[server(prefix = "/api", endpoint = "sessions/publishing/pull-request", input = Json)]
pub async fn pull_request(session: SessionId) -> Result<Option<PullRequestView>, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.pull_request(&person, &session).await.map_err(crate::ssr::problem)
}

/// The same prompt again changes nothing.
#[server(prefix = "/api", endpoint = "sessions/publishing/fix", input = Json)]
pub async fn ask_to_fix(
    session: SessionId,
    finding: Finding,
    prompt: PromptId,
) -> Result<CommandOutcome, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.ask_to_fix(&person, &session, finding, prompt).await.map_err(crate::ssr::problem)
}
