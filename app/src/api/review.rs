//! Looking through a session's changes.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::{CommandOutcome, FileDiff, MessageId, PromptId, Review, ReviewComment, SessionId};

use super::Problem;

/// What the session has changed, or the turn of one answer.
#[server(prefix = "/api", endpoint = "review/load", input = Json)]
pub async fn load_review(session: SessionId, turn: Option<MessageId>) -> Result<Review, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.review(&person, &session, turn.as_ref()).await.map_err(crate::ssr::problem)
}

/// The lines of a file that did not come with the review.
#[server(prefix = "/api", endpoint = "review/file", input = Json)]
pub async fn load_file(
    session: SessionId,
    turn: Option<MessageId>,
    path: String,
) -> Result<FileDiff, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.file_diff(&person, &session, turn.as_ref(), &path).await.map_err(crate::ssr::problem)
}

/// Viewed as it is under this digest; none: not any more.
#[server(prefix = "/api", endpoint = "review/viewed", input = Json)]
pub async fn set_viewed(session: SessionId, path: String, digest: Option<String>) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.set_viewed(&person, &session, &path, digest.as_deref()).await.map_err(crate::ssr::problem)
}

/// Keeps a comment until it is sent; the same id again replaces its text.
#[server(prefix = "/api", endpoint = "review/comment", input = Json)]
pub async fn put_comment(session: SessionId, comment: ReviewComment) -> Result<ReviewComment, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.put_comment(&person, &session, comment).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "review/remove", input = Json)]
pub async fn remove_comments(session: SessionId, ids: Vec<String>) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.remove_comments(&person, &session, &ids).await.map_err(crate::ssr::problem)
}

/// Sends the comments as one prompt; the same prompt again is sent once.
#[server(prefix = "/api", endpoint = "review/send", input = Json)]
pub async fn send_comments(
    session: SessionId,
    prompt: PromptId,
    ids: Vec<String>,
) -> Result<CommandOutcome, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.send_comments(&person, &session, prompt, &ids).await.map_err(crate::ssr::problem)
}
