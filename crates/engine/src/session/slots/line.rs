//! One line for the places that some share: first come, first served, and the agent that idles longest makes room.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slipway_protocol::SessionId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

#[derive(Clone)]
pub(super) struct Line {
    places: Arc<Semaphore>,
    inner: Arc<Mutex<Inner>>,
    /// All lines of a server tell here that they moved.
    moved: watch::Sender<()>,
}

#[derive(Default)]
struct Inner {
    /// First come, first served.
    waiting: VecDeque<SessionId>,
    /// Sessions with an agent that does nothing, and since when.
    idle: BTreeMap<SessionId, i64>,
    /// Idle agents on their way out for somebody who waits.
    leaving: usize,
}

/// Leaves the line, also when nobody waits any more.
struct InLine<'a> {
    line: &'a Line,
    id: &'a SessionId,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut inner = self.line.inner();
        inner.waiting.retain(|waiting| waiting != self.id);
        inner.leaving = inner.leaving.min(inner.waiting.len());
        drop(inner);
        self.line.moved.send_replace(());
    }
}

impl Line {
    pub(super) fn new(places: usize, moved: watch::Sender<()>) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))), inner: Arc::default(), moved }
    }

    /// Takes a free place; none where one must wait.
    pub(super) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        if !self.inner().waiting.is_empty() {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits in line, and asks an idle agent to make room. May be cancelled.
    pub(super) async fn take(&self, id: &SessionId) -> OwnedSemaphorePermit {
        self.inner().waiting.push_back(id.clone());
        let _in_line = InLine { line: self, id };
        self.moved.send_replace(());
        let permit = Arc::clone(&self.places).acquire_owned().await;
        let mut inner = self.inner();
        inner.leaving = inner.leaving.saturating_sub(1);
        drop(inner);
        permit.expect("the semaphore is never closed")
    }

    /// Its place in line, from 1; none where it does not wait.
    pub(super) fn place_in_line(&self, id: &SessionId) -> Option<usize> {
        self.inner().waiting.iter().position(|waiting| waiting == id).map(|at| at + 1)
    }

    /// Says since when the session's agent idles; none: it has work, or is gone.
    pub(super) fn set_idle(&self, id: &SessionId, since: Option<i64>) {
        let mut inner = self.inner();
        match since {
            Some(since) => inner.idle.insert(id.clone(), since),
            None => inner.idle.remove(id),
        };
    }

    /// An idle agent asks whether it is to make room: one leaves for each that waits, the longest idle first.
    pub(super) fn claim_eviction(&self, id: &SessionId) -> bool {
        let mut inner = self.inner();
        let longest = inner.idle.iter().min_by_key(|(_, since)| **since).map(|(longest, _)| longest);
        if inner.waiting.len() <= inner.leaving || longest != Some(id) {
            return false;
        }
        inner.idle.remove(id);
        inner.leaving += 1;
        drop(inner);
        // Another may be wanted besides.
        self.moved.send_replace(());
        true
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
