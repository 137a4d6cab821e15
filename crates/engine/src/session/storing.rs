//! What the loop changed is stored, then told. Text that only grew is stored beside the loop, so that nobody who reads along waits
//! for the disk; whatever is stored next waits for that.

use std::time::Duration;

use slipway_protocol::SessionId;
use slipway_store::{Batch, Store, StoreError};
use tokio::task::JoinHandle;

use super::{hub::Live, supervisor::Supervisor};
use crate::{
    clock,
    fault::{self, Point},
};

/// Growing text is stored at least this often, in milliseconds ...
const FLUSH_MS: i64 = 500;
/// ... or whenever so much has come, in bytes.
const FLUSH_BYTES: usize = 16 * 1024;
/// Commits that are tried before the session is left to its keeper.
const COMMIT_ATTEMPTS: u32 = 5;

/// Why a supervisor cannot go on.
pub(super) enum Broken {
    /// Another one has taken the session over.
    Fenced,
    /// The store does not take what is to be stored; the keeper has it meanwhile.
    Store(StoreError),
}

/// Text on its way into the store.
#[derive(Default)]
pub(super) struct Flush(Option<JoinHandle<Flushed>>);

/// The keeper's number that is stored with it.
pub(super) type Flushed = Result<Option<u64>, Broken>;

impl Flush {
    pub(super) fn is_under_way(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for ever where nothing is under way. May be given up and asked again.
    pub(super) async fn ended(&mut self) -> Flushed {
        let Some(storing) = &mut self.0 else { return std::future::pending().await };
        let ended = storing.await;
        self.0 = None;
        ended.unwrap_or_else(|error| Err(Broken::Store(StoreError::Database(error.into()))))
    }
}

impl Supervisor {
    /// Commits what the last iteration changed, and text that has waited long enough.
    pub(super) async fn settle(&mut self) {
        let now = clock::now();
        let text_due =
            self.flush_at.is_some_and(|at| now >= at) || self.transcript.dirty_bytes() >= FLUSH_BYTES;
        if self.transcript.has_changes() {
            self.commit().await;
        } else if text_due && !self.flush.is_under_way() {
            self.begin_flush();
        } else if self.transcript.dirty_bytes() > 0 && self.flush_at.is_none() {
            self.flush_at = Some(now + FLUSH_MS);
        }
    }

    /// Stores, then tells. False: the supervisor must end, since another has taken over or the store takes nothing; the
    /// keeper holds what was not stored.
    pub(super) async fn commit(&mut self) -> bool {
        self.flush_at = None;
        self.hear_of_flush().await;
        if self.purged || self.broken.is_some() {
            return false;
        }
        let (batch, changes) = self.transcript.take();
        if let Err(broken) = store_batch(&self.place.store, &self.id, self.generation, &batch).await {
            self.broken = Some(broken);
            return false;
        }
        self.acknowledge(stored_number(&batch));
        if !changes.is_empty() {
            self.place.list.publish(&self.id);
        }
        for change in changes {
            self.publish(Live::Change(change));
        }
        for (command, outcome) in batch.outcomes {
            self.publish(Live::Outcome { command, outcome });
        }
        true
    }

    fn begin_flush(&mut self) {
        self.flush_at = None;
        let (batch, _) = self.transcript.take();
        let (store, id, generation) = (self.place.store.clone(), self.id.clone(), self.generation);
        let storing =
            async move { store_batch(&store, &id, generation, &batch).await.map(|()| stored_number(&batch)) };
        self.flush = Flush(Some(tokio::spawn(storing)));
    }

    /// What came of the text that was on its way, as soon as that is known.
    pub(super) async fn hear_of_flush(&mut self) {
        if self.flush.is_under_way() {
            let flushed = self.flush.ended().await;
            self.take_flushed(flushed);
        }
    }

    pub(super) fn take_flushed(&mut self, flushed: Flushed) {
        match flushed {
            Ok(number) => self.acknowledge(number),
            Err(broken) => self.broken = Some(broken),
        }
    }

    /// The keeper may forget what is stored.
    fn acknowledge(&mut self, number: Option<u64>) {
        if let (Some(conversation), Some(number)) = (&mut self.conversation, number) {
            conversation.acknowledge(number);
        }
    }
}

fn stored_number(batch: &Batch) -> Option<u64> {
    batch.keeper.as_ref()?.as_ref().map(|(_, number)| *number)
}

/// A store that fails for a moment is asked again.
async fn store_batch(store: &Store, id: &SessionId, generation: u64, batch: &Batch) -> Result<(), Broken> {
    fault::pass(Point::BeforeStore);
    let mut attempt = 1;
    while let Err(error) = store.commit(id, generation, batch).await {
        match error {
            StoreError::Fenced => return Err(Broken::Fenced),
            error if attempt == COMMIT_ATTEMPTS => return Err(Broken::Store(error)),
            error => tracing::warn!(%error, attempt, "the store did not take a commit"),
        }
        tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
        attempt += 1;
    }
    fault::pass(Point::Stored);
    Ok(())
}
