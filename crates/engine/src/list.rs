//! Following the list of sessions: a row is sent again whenever its session changed, and taken out when its repository is lost.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use slipway_protocol::{
    LIST_PAGE, ListCounts, ListFrame, ListQuery, Person, RepositoryId, SessionFilter, SessionId,
    SessionSummary,
};
use slipway_store::Store;
use tokio::sync::{broadcast, watch};

use crate::{Error, access::Access};

/// Sessions that changed, for everybody who looks at a list.
#[derive(Clone)]
pub(crate) struct ListHub {
    changed: broadcast::Sender<SessionId>,
}

impl ListHub {
    pub(crate) fn new() -> Self {
        Self { changed: broadcast::channel(1024).0 }
    }

    /// Nobody listening is fine.
    pub(crate) fn publish(&self, id: &SessionId) {
        let _ = self.changed.send(id.clone());
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<SessionId> {
        self.changed.subscribe()
    }
}

/// Lines of a person's list, and whether there are more of them.
pub(crate) async fn lines(
    store: &Store,
    access: &Arc<Access>,
    who: &Person,
    wanted: &ListQuery,
) -> Result<(Vec<SessionSummary>, bool), Error> {
    let one_more = ListQuery { most: wanted.most.saturating_add(1), ..wanted.clone() };
    let mut sessions = store.sessions_of(&who.id, &one_more).await?;
    let more = sessions.len() > wanted.most;
    sessions.truncate(wanted.most);
    Ok((access.listed(who, sessions, |session| &session.repository).await, more))
}

/// On each repository that the person is not known to have lost.
pub(crate) async fn counts(
    store: &Store,
    access: &Access,
    who: &Person,
    search: &str,
) -> Result<Vec<(RepositoryId, ListCounts)>, Error> {
    let mut counts = store.session_counts(&who.id, search).await?;
    counts.retain(|(repository, _)| !access.is_lost(who, repository));
    Ok(counts)
}

/// Since when all that were active are in the first lines of a list, where there are more of them.
fn complete_since(lines: &[SessionSummary]) -> i64 {
    let newest = lines.iter().filter(|line| line.archived || !line.phase.needs_a_person());
    // Others of the same moment may stand behind the last one.
    newest.map(|line| line.active_at.saturating_add(1)).min().unwrap_or(i64::MAX)
}

/// One who looks at the list.
pub struct ListFollower {
    store: Store,
    who: Person,
    changed: broadcast::Receiver<SessionId>,
    access: Arc<Access>,
    moved: watch::Receiver<u64>,
    /// What the follower has.
    shown: BTreeMap<SessionId, Shown>,
    waiting: VecDeque<ListFrame>,
}

struct Shown {
    repository: RepositoryId,
    archived: bool,
}

impl Shown {
    fn of(session: &SessionSummary) -> Self {
        Self { repository: session.repository.clone(), archived: session.archived }
    }
}

impl ListFollower {
    pub(crate) async fn start(
        store: Store,
        who: Person,
        hub: &ListHub,
        access: Arc<Access>,
    ) -> Result<Self, Error> {
        let (changed, moved) = (hub.subscribe(), access.moves());
        let (mut sessions, mut since) = (Vec::new(), None);
        for filter in [SessionFilter::Active, SessionFilter::Archived] {
            let wanted = ListQuery { filter, search: String::new(), repository: None, most: LIST_PAGE };
            let (lines, more) = lines(&store, &access, &who, &wanted).await?;
            since = since.max(more.then(|| complete_since(&lines)));
            sessions.extend(lines);
        }
        let shown = sessions.iter().map(|session| (session.id.clone(), Shown::of(session))).collect();
        let mut follower = Self { store, who, changed, access, moved, shown, waiting: VecDeque::new() };
        let counts = follower.counts().await?;
        follower.waiting.push_back(ListFrame::All { sessions, since, counts });
        Ok(follower)
    }

    /// The next frame. None: it fell too far behind; follow again.
    pub async fn next(&mut self) -> Option<ListFrame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            let mut ids = tokio::select! {
                id = self.changed.recv() => BTreeSet::from([id.ok()?]),
                moved = self.moved.changed() => {
                    moved.ok()?;
                    self.lost()
                }
            };
            // A burst of changes of one session is one row.
            while let Ok(id) = self.changed.try_recv() {
                ids.insert(id);
            }
            for id in ids {
                let frame = self.row(id).await.ok()?;
                self.waiting.push_back(frame);
            }
        }
    }

    /// Shown ones that are not to be seen any more.
    fn lost(&self) -> BTreeSet<SessionId> {
        let lost = self.shown.iter().filter(|(_, shown)| self.access.is_lost(&self.who, &shown.repository));
        lost.map(|(id, _)| id.clone()).collect()
    }

    async fn row(&mut self, id: SessionId) -> Result<ListFrame, Error> {
        let summary = self.store.summary(&id, &self.who.id).await?;
        let seen = |summary: &SessionSummary| !self.access.is_lost(&self.who, &summary.repository);
        if let Some(summary) = summary.filter(seen) {
            let before = self.shown.insert(id, Shown::of(&summary));
            let moved = before.is_none_or(|before| before.archived != summary.archived);
            let counts = if moved { Some(self.counts().await?) } else { None };
            return Ok(ListFrame::Session { session: Box::new(summary), counts });
        }
        // Somebody else's session looks the same as one that is gone; neither is in this list.
        let counts = if self.shown.remove(&id).is_some() { Some(self.counts().await?) } else { None };
        Ok(ListFrame::Gone { session: id, counts })
    }

    async fn counts(&self) -> Result<ListCounts, Error> {
        let counts = counts(&self.store, &self.access, &self.who, "").await?;
        Ok(counts.into_iter().map(|(_, counts)| counts).sum())
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::Phase;

    use super::*;

    fn line(phase: Phase, archived: bool, active_at: i64) -> SessionSummary {
        SessionSummary {
            id: SessionId::new(active_at.to_string()),
            title: "Tide".into(),
            repository: RepositoryId::new("local/tide"),
            branch: "slipway/tide".into(),
            phase,
            activity: String::new(),
            added: 0,
            removed: 0,
            unread: false,
            active_at,
            archived,
        }
    }

    #[test]
    fn what_needs_a_person_says_nothing_about_how_far_the_list_goes() {
        let (asks, idle) = (line(Phase::WaitingForYou, false, 2), line(Phase::Idle, false, 9));
        assert_eq!(complete_since(&[asks.clone(), idle, line(Phase::Failed, true, 7)]), 8);
        assert_eq!(complete_since(&[asks]), i64::MAX, "there may be any number of newer ones");
    }
}
