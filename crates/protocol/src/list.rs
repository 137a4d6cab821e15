//! The list of sessions.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::{Phase, RepositoryId, SessionId, is_default};

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    pub id: SessionId,
    pub title: String,
    pub repository: RepositoryId,
    pub branch: String,
    pub phase: Phase,
    #[serde(default, skip_serializing_if = "is_default")]
    pub activity: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub added: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: u32,
    /// Something was said or asked since the reader last looked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unread: bool,
    /// Milliseconds since 1970.
    pub active_at: i64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionFilter {
    #[default]
    Active,
    Archived,
}

/// Lines of the list that come at once.
pub const LIST_PAGE: usize = 50;

/// A list is never longer than this; older sessions are found by searching.
pub const LONGEST_LIST: usize = 5_000;

/// Which lines of the list are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    pub filter: SessionFilter,
    /// Is looked for in title, repository and branch, whatever the case; empty: all.
    pub search: String,
    pub repository: Option<RepositoryId>,
    /// No more lines than this, the first ones of the list's order.
    pub most: usize,
}

/// How many sessions each tab of the list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCounts {
    pub active: usize,
    pub archived: usize,
}

impl Sum for ListCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            active: sum.active + one.active,
            archived: sum.archived + one.archived,
        })
    }
}

impl ListCounts {
    /// With one more, or one fewer, in the tab of such sessions.
    #[must_use]
    pub fn with(mut self, archived: bool, one_more: bool) -> Self {
        let count = if archived { &mut self.archived } else { &mut self.active };
        *count = if one_more { *count + 1 } else { count.saturating_sub(1) };
        self
    }

    pub fn of(self, filter: SessionFilter) -> usize {
        match filter {
            SessionFilter::Active => self.active,
            SessionFilter::Archived => self.archived,
        }
    }
}
