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

/// What the session's owner says into its hub. Text that goes on where the last piece ended waits until [`Teller::finish`], so
/// that a burst is few pieces and nobody falls behind.
pub(super) struct Teller {
    hub: Hub,
    text: Option<Delta>,
}

impl Teller {
    pub(super) fn new(hub: Hub) -> Self {
        Self { hub, text: None }
    }

    pub(super) fn stream(&mut self, delta: Delta) {
        let left = match &mut self.text {
            Some(text) => text.absorb(delta),
            None => Some(delta),
        };
        if left.is_some() {
            self.finish();
            self.text = left;
        }
    }

    /// After the text that waits.
    pub(super) fn publish(&mut self, live: Live) {
        self.finish();
        self.hub.publish(live);
    }

    /// Tells the text that waits.
    pub(super) fn finish(&mut self) {
        if let Some(text) = self.text.take() {
            self.hub.publish(Live::Delta(text));
        }
    }

    /// Hears everything that is said from now on.
    pub(super) fn subscribe(&mut self) -> broadcast::Receiver<Arc<Live>> {
        self.finish();
        self.hub.subscribe()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_told_in_few_pieces_and_in_order() {
        let hub = Hub::new();
        let mut heard = hub.subscribe();
        let mut teller = Teller::new(hub);
        let delta = |part: &str, offset, text: &str| Delta {
            message: MessageId::new("m"),
            part: PartId::new(part),
            offset,
            text: text.into(),
        };
        teller.stream(delta("a", 0, "one "));
        teller.stream(delta("a", 4, "two "));
        teller.stream(delta("b", 0, "other"));
        teller.stream(delta("a", 8, "three"));
        teller.publish(Live::Moved);
        let mut told = Vec::new();
        while let Ok(live) = heard.try_recv() {
            told.push(match live.as_ref() {
                Live::Delta(delta) => (delta.part.to_string(), delta.offset, delta.text.clone()),
                other => (format!("{other:?}"), 0, String::new()),
            });
        }
        let piece = |part: &str, offset, text: &str| (part.to_owned(), offset, text.to_owned());
        let expected = [
            piece("a", 0, "one two "),
            piece("b", 0, "other"),
            piece("a", 8, "three"),
            piece("Moved", 0, ""),
        ];
        assert_eq!(told, expected);
    }
}
