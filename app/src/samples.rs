//! What tests of this crate need and do not care about.

use slipway_protocol::{Phase, RepositoryId, SessionId, SessionSummary};

/// At rest, read, of 1970.
pub(crate) fn session(id: &str) -> SessionSummary {
    SessionSummary {
        id: SessionId::new(id),
        title: id.into(),
        repository: RepositoryId::new("harbour/tide"),
        branch: "slipway/x".into(),
        phase: Phase::Idle,
        activity: String::new(),
        added: 0,
        removed: 0,
        unread: false,
        active_at: 0,
        archived: false,
    }
}
