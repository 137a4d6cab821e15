//! How many agents run at once: each is about 600 MB, so places are counted. Who finds none waits in line, and the agent
//! that idles longest makes room.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slipway_protocol::SessionId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

#[derive(Clone)]
pub(super) struct Slots {
    places: Arc<Semaphore>,
    line: Arc<Mutex<Line>>,
    moved: watch::Sender<()>,
}

#[derive(Default)]
struct Line {
    /// First come, first served.
    waiting: VecDeque<SessionId>,
    /// Sessions with an agent that does nothing, and since when.
    idle: BTreeMap<SessionId, i64>,
    /// Idle agents on their way out for somebody who waits.
    leaving: usize,
}

/// Leaves the line, also when nobody waits any more.
struct InLine<'a> {
    slots: &'a Slots,
    id: &'a SessionId,
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        let mut line = self.slots.line();
        line.waiting.retain(|waiting| waiting != self.id);
        line.leaving = line.leaving.min(line.waiting.len());
        drop(line);
        self.slots.moved.send_replace(());
    }
}

impl Slots {
    pub(super) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places.max(1))),
            line: Arc::default(),
            moved: watch::Sender::new(()),
        }
    }

    /// Takes a free place; none where one must wait.
    pub(super) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
        if !self.line().waiting.is_empty() {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits in line, and asks an idle agent to make room. May be cancelled.
    pub(super) async fn take(&self, id: &SessionId) -> OwnedSemaphorePermit {
        self.line().waiting.push_back(id.clone());
        let _in_line = InLine { slots: self, id };
        self.moved.send_replace(());
        let permit = Arc::clone(&self.places).acquire_owned().await;
        let mut line = self.line();
        line.leaving = line.leaving.saturating_sub(1);
        drop(line);
        permit.expect("the semaphore is never closed")
    }

    /// Its place in line, from 1; none where it does not wait.
    pub(super) fn place_in_line(&self, id: &SessionId) -> Option<usize> {
        self.line().waiting.iter().position(|waiting| waiting == id).map(|at| at + 1)
    }

    /// Says since when the session's agent idles; none: it has work, or is gone.
    pub(super) fn set_idle(&self, id: &SessionId, since: Option<i64>) {
        let mut line = self.line();
        match since {
            Some(since) => line.idle.insert(id.clone(), since),
            None => line.idle.remove(id),
        };
    }

    /// An idle agent asks whether it is to make room: one leaves for each that waits, the longest idle first.
    pub(super) fn claim_eviction(&self, id: &SessionId) -> bool {
        let mut line = self.line();
        let longest = line.idle.iter().min_by_key(|(_, since)| **since).map(|(longest, _)| longest);
        if line.waiting.len() <= line.leaving || longest != Some(id) {
            return false;
        }
        line.idle.remove(id);
        line.leaving += 1;
        drop(line);
        // Another may be wanted besides.
        self.moved.send_replace(());
        true
    }

    /// Hears whenever the line moves.
    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::SessionId;

    use super::Slots;

    fn id(name: &str) -> SessionId {
        SessionId::new(name)
    }

    #[tokio::test]
    async fn who_comes_first_is_served_first_and_everybody_knows_his_place() {
        let slots = Slots::new(1);
        let first = slots.try_take().expect("a free place");
        let (b, c) = (id("b"), id("c"));
        let mut line = slots.watch();
        let waiting = [b.clone(), c.clone()].map(|id| {
            let slots = slots.clone();
            tokio::spawn(async move { slots.take(&id).await })
        });
        while slots.place_in_line(&c) != Some(2) {
            line.changed().await.expect("a line");
        }
        assert_eq!(slots.place_in_line(&b), Some(1));
        assert!(slots.try_take().is_none(), "nobody jumps the line");
        let [b_waits, c_waits] = waiting;
        drop(first);
        let second = b_waits.await.expect("a place");
        assert_eq!((slots.place_in_line(&b), slots.place_in_line(&c)), (None, Some(1)));
        c_waits.abort();
        assert!(c_waits.await.is_err());
        assert_eq!(slots.place_in_line(&c), None, "who gives up leaves the line");
        drop(second);
        assert!(slots.try_take().is_some());
    }

    #[tokio::test]
    async fn the_one_that_idles_longest_makes_room_once_for_each_that_waits() {
        let slots = Slots::new(2);
        let _both = (slots.try_take(), slots.try_take());
        slots.set_idle(&id("late"), Some(20));
        slots.set_idle(&id("early"), Some(10));
        assert!(!slots.claim_eviction(&id("early")), "nobody waits");
        let mut line = slots.watch();
        let waits = tokio::spawn({
            let slots = slots.clone();
            async move { slots.take(&id("hungry")).await }
        });
        line.changed().await.expect("a line");
        assert!(!slots.claim_eviction(&id("late")), "another idles longer");
        assert!(slots.claim_eviction(&id("early")));
        assert!(!slots.claim_eviction(&id("late")), "one is enough");
        waits.abort();
    }
}
