//! How many sockets each person has open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use slipway_protocol::UserId;

#[derive(Clone)]
pub(crate) struct Seats {
    each: u32,
    taken: Arc<Mutex<HashMap<UserId, u32>>>,
}

/// One socket's; free again when it is dropped.
pub(crate) struct Seat {
    who: UserId,
    taken: Arc<Mutex<HashMap<UserId, u32>>>,
}

impl Seats {
    pub(crate) fn new(each: u32) -> Self {
        Self { each, taken: Arc::default() }
    }

    /// None: this person has as many as one may have.
    pub(crate) fn take(&self, who: &UserId) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = taken.entry(who.clone()).or_default();
        if *theirs >= self.each {
            return None;
        }
        *theirs += 1;
        Some(Seat { who: who.clone(), taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get(&self.who).map_or(0, |theirs| theirs.saturating_sub(1));
        if left == 0 {
            taken.remove(&self.who);
        } else {
            taken.insert(self.who.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_seats_of_their_own_and_gets_them_back() {
        let seats = Seats::new(2);
        let (ada, bob) = (UserId::new("ada"), UserId::new("bob"));
        let held = [seats.take(&ada), seats.take(&ada)];
        assert!(held.iter().all(Option::is_some) && seats.take(&ada).is_none());
        assert!(seats.take(&bob).is_some());
        drop(held);
        assert!(seats.taken.lock().unwrap().is_empty());
        assert!(seats.take(&ada).is_some());
    }
}
