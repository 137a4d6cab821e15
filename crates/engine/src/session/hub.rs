//! What followers of one session hear. The hub belongs to the registry, so one may follow a session that sleeps.

use std::sync::Arc;

use slipway_protocol::{Change, CommandId, CommandOutcome, Delta, MessageId, PartId, SessionId};
use tokio::sync::broadcast;

/// How far a follower may fall behind before it must join again.
const CAPACITY: usize = 4096;

/// One thing heard.
#[expect(clippy::large_enum_variant, reason = "each is made once and shared behind an Arc")]
#[derive(Debug)]
pub(crate) enum Live {
    /// Durable: stored before it is heard.
    Change(Change),
    /// Streamed text, heard at once.
    Delta(Delta),
    /// How a command ended; for the one who sent it.
    Outcome { command: CommandId, outcome: CommandOutcome },
    /// Another server has taken the session over: join again.
    Moved,
    /// The session was deleted.
    Gone,
}

#[derive(Clone)]
pub(crate) struct Hub {
    sender: broadcast::Sender<Arc<Live>>,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self { sender: broadcast::channel(CAPACITY).0 }
    }

    /// Nobody listening is fine.
    pub(super) fn publish(&self, live: Live) {
        let _ = self.sender.send(Arc::new(live));
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<Live>> {
        self.sender.subscribe()
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.sender.receiver_count() == 0
    }
}

/// What a follower is handed atomically: its receiver, the revision up to which rows are to be read, and the open texts.
pub(crate) struct Joined {
    pub(crate) session: SessionId,
    pub(crate) revision: u64,
    pub(crate) live: broadcast::Receiver<Arc<Live>>,
    pub(crate) open: Vec<OpenText>,
}

/// The text so far of a part that is being written.
#[derive(Clone, Debug)]
pub(crate) struct OpenText {
    pub(crate) message: MessageId,
    pub(crate) part: PartId,
    pub(crate) text: String,
}

/// Waits to hear how a command ended.
pub(crate) struct Outcomes {
    pub(super) live: broadcast::Receiver<Arc<Live>>,
}

impl Outcomes {
    /// None: it cannot be heard any more; look into the store.
    pub(crate) async fn of(&mut self, id: &CommandId) -> Option<CommandOutcome> {
        loop {
            match self.live.recv().await.ok()?.as_ref() {
                Live::Outcome { command, outcome } if command == id => return Some(outcome.clone()),
                Live::Gone => return Some(CommandOutcome::Applied),
                _ => {}
            }
        }
    }
}
