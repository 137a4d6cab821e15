//! Following the list of sessions: a row is sent again whenever its session changed.

use std::collections::{BTreeSet, VecDeque};

use slipway_protocol::{ListFrame, Person, SessionFilter, SessionId};
use slipway_store::Store;
use tokio::sync::broadcast;

use crate::Error;

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
    waiting: VecDeque<ListFrame>,
}

impl ListFollower {
    pub(crate) async fn start(store: Store, who: Person, hub: &ListHub) -> Result<Self, Error> {
        let changed = hub.subscribe();
        let mut sessions = store.sessions_of(&who.id, SessionFilter::Active, "").await?;
        sessions.extend(store.sessions_of(&who.id, SessionFilter::Archived, "").await?);
        Ok(Self { store, who, changed, waiting: VecDeque::from([ListFrame::All { sessions }]) })
    }

    /// The next frame. None: it fell too far behind; follow again.
    pub async fn next(&mut self) -> Option<ListFrame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            let mut ids = BTreeSet::from([self.changed.recv().await.ok()?]);
            // A burst of changes of one session is one row.
            while let Ok(id) = self.changed.try_recv() {
                ids.insert(id);
            }
            for id in ids {
                self.waiting.extend(self.row(id).await.ok()?);
            }
        }
    }

    async fn row(&self, id: SessionId) -> Result<Option<ListFrame>, Error> {
        if let Some(summary) = self.store.summary(&id, &self.who.id).await? {
            return Ok(Some(ListFrame::Session { session: Box::new(summary) }));
        }
        // Somebody else's session looks the same as one that is gone; neither is in this list.
        Ok(Some(ListFrame::Gone { session: id }))
    }
}
