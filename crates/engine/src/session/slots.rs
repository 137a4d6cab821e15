//! How many agents run at once: each is about 600 MB, so places are counted, those of everybody and those of each person. Who finds none
//! waits in line, and the agent that idles longest makes room.
//!
//! Invariant: whoever waits for a place among everybody's has one among their own, so nobody keeps others waiting with more than that.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use slipway_protocol::{SessionId, UserId};
use tokio::sync::{OwnedSemaphorePermit, watch};

use line::Line;

mod line;

#[derive(Clone)]
pub(super) struct Slots {
    everybody: Line,
    /// Those who had an agent since the server started.
    people: Arc<Mutex<HashMap<UserId, Line>>>,
    per_person: usize,
    moved: watch::Sender<()>,
}

/// A place among the running agents, until it is dropped.
pub(super) struct Slot {
    _own: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

/// For what a session waits, and its place in that line, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    ForOwn(usize),
    ForAny(usize),
}

impl Slots {
    pub(super) fn new(places: usize, per_person: usize) -> Self {
        let moved = watch::Sender::new(());
        Self { everybody: Line::new(places, moved.clone()), people: Arc::default(), per_person, moved }
    }

    /// Takes a free place; none where one must wait.
    pub(super) fn try_take(&self, owner: &UserId) -> Option<Slot> {
        let own = self.line_of(owner).try_take()?;
        Some(Slot { _own: own, _place: self.everybody.try_take()? })
    }

    /// Waits in line, and asks an idle agent to make room. May be cancelled.
    pub(super) async fn take(&self, id: &SessionId, owner: &UserId) -> Slot {
        let own = self.line_of(owner).take(id).await;
        Slot { _own: own, _place: self.everybody.take(id).await }
    }

    /// None where it does not wait.
    pub(super) fn place_in_line(&self, id: &SessionId, owner: &UserId) -> Option<Waits> {
        let own = self.line_of(owner).place_in_line(id).map(Waits::ForOwn);
        own.or_else(|| self.everybody.place_in_line(id).map(Waits::ForAny))
    }

    /// Says since when the session's agent idles; none: it has work, or is gone.
    pub(super) fn set_idle(&self, id: &SessionId, owner: &UserId, since: Option<i64>) {
        self.everybody.set_idle(id, since);
        self.line_of(owner).set_idle(id, since);
    }

    /// An idle agent asks whether it is to make room: one leaves for each that waits, the longest idle first.
    pub(super) fn claim_eviction(&self, id: &SessionId, owner: &UserId) -> bool {
        let leaves = self.everybody.claim_eviction(id) || self.line_of(owner).claim_eviction(id);
        if leaves {
            self.set_idle(id, owner, None);
        }
        leaves
    }

    /// Hears whenever a line moves.
    pub(super) fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    fn line_of(&self, owner: &UserId) -> Line {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Line::new(self.per_person, self.moved.clone());
        people.entry(owner.clone()).or_insert_with(new).clone()
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{SessionId, UserId};

    use super::{Slots, Waits};

    fn id(name: &str) -> SessionId {
        SessionId::new(name)
    }

    fn ada() -> UserId {
        UserId::new("ada")
    }

    #[tokio::test]
    async fn who_comes_first_is_served_first_and_everybody_knows_his_place() {
        let slots = Slots::new(1, 9);
        let first = slots.try_take(&ada()).expect("a free place");
        let (b, c) = (id("b"), id("c"));
        let mut line = slots.watch();
        let waiting = [b.clone(), c.clone()].map(|id| {
            let slots = slots.clone();
            tokio::spawn(async move { slots.take(&id, &ada()).await })
        });
        while slots.place_in_line(&c, &ada()) != Some(Waits::ForAny(2)) {
            line.changed().await.expect("a line");
        }
        assert_eq!(slots.place_in_line(&b, &ada()), Some(Waits::ForAny(1)));
        assert!(slots.try_take(&ada()).is_none(), "nobody jumps the line");
        let [b_waits, c_waits] = waiting;
        drop(first);
        let second = b_waits.await.expect("a place");
        let places = [&b, &c].map(|id| slots.place_in_line(id, &ada()));
        assert_eq!(places, [None, Some(Waits::ForAny(1))]);
        c_waits.abort();
        assert!(c_waits.await.is_err());
        assert_eq!(slots.place_in_line(&c, &ada()), None, "who gives up leaves the line");
        drop(second);
        assert!(slots.try_take(&ada()).is_some());
    }

    #[tokio::test]
    async fn the_one_that_idles_longest_makes_room_once_for_each_that_waits() {
        let slots = Slots::new(2, 9);
        let _both = (slots.try_take(&ada()), slots.try_take(&ada()));
        slots.set_idle(&id("late"), &ada(), Some(20));
        slots.set_idle(&id("early"), &ada(), Some(10));
        assert!(!slots.claim_eviction(&id("early"), &ada()), "nobody waits");
        let mut line = slots.watch();
        let waits = tokio::spawn({
            let slots = slots.clone();
            async move { slots.take(&id("hungry"), &ada()).await }
        });
        while slots.place_in_line(&id("hungry"), &ada()) != Some(Waits::ForAny(1)) {
            line.changed().await.expect("a line");
        }
        assert!(!slots.claim_eviction(&id("late"), &ada()), "another idles longer");
        assert!(slots.claim_eviction(&id("early"), &ada()));
        assert!(!slots.claim_eviction(&id("late"), &ada()), "one is enough");
        waits.abort();
    }

    #[tokio::test]
    async fn who_has_all_of_their_places_waits_for_one_of_them_and_keeps_nobody_else_waiting() {
        let (slots, bob) = (Slots::new(3, 1), UserId::new("bob"));
        let first = slots.try_take(&ada()).expect("a free place");
        assert!(slots.try_take(&ada()).is_none());
        let mut line = slots.watch();
        let waits = tokio::spawn({
            let slots = slots.clone();
            async move { slots.take(&id("second"), &ada()).await }
        });
        while slots.place_in_line(&id("second"), &ada()) != Some(Waits::ForOwn(1)) {
            line.changed().await.expect("a line");
        }
        slots.set_idle(&id("of-bob"), &bob, Some(1));
        assert!(slots.try_take(&bob).is_some(), "others have places of their own");
        assert!(!slots.claim_eviction(&id("of-bob"), &bob), "and do not make room");
        slots.set_idle(&id("first"), &ada(), Some(20));
        assert!(slots.claim_eviction(&id("first"), &ada()));
        drop(first);
        waits.await.expect("a place");
    }
}
