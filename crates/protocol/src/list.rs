//! The list of sessions.

use serde::{Deserialize, Serialize};

use crate::{Phase, RepositoryId, SessionId};

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    pub id: SessionId,
    pub title: String,
    pub repository: RepositoryId,
    pub branch: String,
    pub phase: Phase,
    pub activity: String,
    pub added: u32,
    pub removed: u32,
    /// Something was said or asked since the reader last looked.
    pub unread: bool,
    /// Milliseconds since 1970.
    pub active_at: i64,
    pub archived: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionFilter {
    #[default]
    Active,
    Archived,
}
