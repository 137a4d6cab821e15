//! How many agents run at once: each is about 600 MB, so places are counted, and an idle one makes room for who waits.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

#[derive(Clone)]
pub(super) struct Slots {
    places: Arc<Semaphore>,
    line: Arc<Mutex<Line>>,
    hungry: Arc<Notify>,
}

#[derive(Default)]
struct Line {
    waiting: usize,
    /// Idle agents that are on their way out for somebody who waits.
    leaving: usize,
}

impl Slots {
    pub(super) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places.max(1))), line: Arc::default(), hungry: Arc::default() }
    }

    /// Takes a free place; none where one must wait.
    pub(super) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits in line, and asks an idle agent to make room.
    pub(super) async fn take(&self) -> OwnedSemaphorePermit {
        self.line().waiting += 1;
        self.hungry.notify_waiters();
        let permit = Arc::clone(&self.places).acquire_owned().await;
        let mut line = self.line();
        line.waiting -= 1;
        line.leaving = line.leaving.saturating_sub(1);
        permit.expect("the semaphore is never closed")
    }

    /// An idle agent asks whether it is to make room; one leaves for each that waits.
    pub(super) fn claim_eviction(&self) -> bool {
        let mut line = self.line();
        let wanted = line.waiting > line.leaving;
        line.leaving += usize::from(wanted);
        wanted
    }

    /// Ends when somebody starts to wait.
    pub(super) async fn hunger(&self) {
        self.hungry.notified().await;
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
