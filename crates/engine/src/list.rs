//! Following the list of sessions: a row is sent again whenever its session changed, and taken out when its repository is lost.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use slipway_protocol::{ListFrame, Person, RepositoryId, SessionFilter, SessionId, SessionSummary};
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

/// One who looks at the list.
pub struct ListFollower {
    store: Store,
    who: Person,
    changed: broadcast::Receiver<SessionId>,
    access: Arc<Access>,
    moved: watch::Receiver<u64>,
    /// What the follower has.
    shown: BTreeMap<SessionId, RepositoryId>,
    waiting: VecDeque<ListFrame>,
}

impl ListFollower {
    pub(crate) async fn start(
        store: Store,
        who: Person,
        hub: &ListHub,
        access: Arc<Access>,
    ) -> Result<Self, Error> {
        let (changed, moved) = (hub.subscribe(), access.moves());
        let mut sessions = store.sessions_of(&who.id, SessionFilter::Active, "").await?;
        sessions.extend(store.sessions_of(&who.id, SessionFilter::Archived, "").await?);
        let sessions = access.listed(&who, sessions, |session| &session.repository).await;
        let shown = sessions.iter().map(|session| (session.id.clone(), session.repository.clone())).collect();
        let waiting = VecDeque::from([ListFrame::All { sessions }]);
        Ok(Self { store, who, changed, access, moved, shown, waiting })
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
        let lost = self.shown.iter().filter(|(_, repository)| self.access.is_lost(&self.who, repository));
        lost.map(|(id, _)| id.clone()).collect()
    }

    async fn row(&mut self, id: SessionId) -> Result<ListFrame, Error> {
        let summary = self.store.summary(&id, &self.who.id).await?;
        let seen = |summary: &SessionSummary| !self.access.is_lost(&self.who, &summary.repository);
        if let Some(summary) = summary.filter(seen) {
            self.shown.insert(id, summary.repository.clone());
            return Ok(ListFrame::Session { session: Box::new(summary) });
        }
        // Somebody else's session looks the same as one that is gone; neither is in this list.
        self.shown.remove(&id);
        Ok(ListFrame::Gone { session: id })
    }
}
