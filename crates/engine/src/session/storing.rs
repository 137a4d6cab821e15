//! What the loop changed is stored, then told.

use std::time::Duration;

use slipway_protocol::SessionId;
use slipway_store::{Batch, Store, StoreError};

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

impl Supervisor {
    /// Commits what the last iteration changed, and text that has waited long enough.
    pub(super) async fn settle(&mut self) {
        let now = clock::now();
        let text_due =
            self.flush_at.is_some_and(|at| now >= at) || self.transcript.dirty_bytes() >= FLUSH_BYTES;
        if self.transcript.has_changes() || text_due {
            self.commit().await;
        } else if self.transcript.dirty_bytes() > 0 && self.flush_at.is_none() {
            self.flush_at = Some(now + FLUSH_MS);
        }
    }

    /// Stores, then tells. False: the supervisor must end, since another has taken over or the store takes nothing; the
    /// keeper holds what was not stored.
    pub(super) async fn commit(&mut self) -> bool {
        self.flush_at = None;
        if self.purged || self.broken.is_some() {
            return false;
        }
        let (batch, changes) = self.transcript.take();
        fault::pass(Point::BeforeStore);
        if let Err(broken) = store_batch(&self.place.store, &self.id, self.generation, &batch).await {
            self.broken = Some(broken);
            return false;
        }
        fault::pass(Point::Stored);
        if let (Some(conversation), Some((_, seq))) = (&mut self.conversation, self.transcript.keeper()) {
            conversation.acknowledge(*seq);
        }
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
}

/// A store that fails for a moment is asked again.
async fn store_batch(store: &Store, id: &SessionId, generation: u64, batch: &Batch) -> Result<(), Broken> {
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
    Ok(())
}
