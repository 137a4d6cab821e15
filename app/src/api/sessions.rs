//! Reading sessions.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use slipway_protocol::{
    Found, ListCounts, MessageId, MessagePage, PartId, RepositoryId, SessionFilter, SessionId,
    SessionSummary, SessionView,
};

use super::Problem;

/// The dashboard: the first sessions of one tab, and how many each tab holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    pub sessions: Vec<SessionSummary>,
    /// There are more of them than were asked for.
    pub more: bool,
    pub counts: ListCounts,
    /// On which this tab's sessions work, by name.
    pub repositories: Vec<RepositoryId>,
    /// What was said and holds the words that are looked for; in sessions of both tabs.
    pub found: Found,
}

#[server(prefix = "/api", endpoint = "sessions/list", input = Json)]
pub async fn list_sessions(
    filter: SessionFilter,
    query: String,
    /// Empty: all.
    #[server(default)]
    repository: String,
    /// None: a page of them.
    #[server(default)]
    most: Option<usize>,
) -> Result<SessionList, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    let wanted = crate::ssr::list_query(filter, query, repository, most);
    crate::ssr::session_list(&engine, &person, &wanted).await.map_err(crate::ssr::problem)
}

/// The messages around `at`, or the last ones.
#[server(prefix = "/api", endpoint = "sessions/get", input = Json)]
pub async fn get_session(session: SessionId, at: Option<MessageId>) -> Result<SessionView, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.session(&person, &session, at.as_ref()).await.map_err(crate::ssr::problem)
}

/// The page of messages before the one with this place in the conversation.
#[server(prefix = "/api", endpoint = "sessions/older", input = Json)]
pub async fn load_older(session: SessionId, before: i64) -> Result<MessagePage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.older(&person, &session, before).await.map_err(crate::ssr::problem)
}

/// The page of messages after the one with this place in the conversation.
#[server(prefix = "/api", endpoint = "sessions/newer", input = Json)]
pub async fn load_newer(session: SessionId, after: i64) -> Result<MessagePage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.newer(&person, &session, after).await.map_err(crate::ssr::problem)
}

/// What was said in any of the reader's sessions; `before` is the `next` of the page before.
#[server(prefix = "/api", endpoint = "sessions/search", input = Json)]
pub async fn search(query: String, before: Option<i64>) -> Result<Found, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.search(&person, &query, before).await.map_err(crate::ssr::problem)
}

/// The whole of an output that travelled shortened.
#[server(prefix = "/api", endpoint = "sessions/part", input = Json)]
pub async fn part_text(session: SessionId, part: PartId) -> Result<String, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.part_text(&person, &session, &part).await.map_err(crate::ssr::problem)
}

/// How many commits the base branch has that the session's base does not.
#[server(prefix = "/api", endpoint = "sessions/behind", input = Json)]
pub async fn behind(session: SessionId) -> Result<usize, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.behind(&person, &session).await.map_err(crate::ssr::problem)
}

/// The reader has looked at everything up to this revision.
#[server(prefix = "/api", endpoint = "sessions/seen", input = Json)]
pub async fn mark_seen(session: SessionId, revision: u64) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.mark_seen(&person, &session, revision).await.map_err(crate::ssr::problem)
}
