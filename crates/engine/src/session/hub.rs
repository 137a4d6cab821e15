//! What followers of one session hear. The hub belongs to the registry, so one may follow a session that sleeps.

use std::{sync::Arc, time::Duration};

use slipway_protocol::{Change, CommandId, CommandOutcome, Delta, MessageId, PartId, SessionId};
use tokio::{sync::broadcast, time::Instant};

/// How far a follower may fall behind before it must join again.
const CAPACITY: usize = 4096;

/// How long text is gathered after the last piece where few listen ...
const PAUSE: Duration = Duration::from_millis(4);
/// ... how much longer for each who listens: a crowd is told fewer and larger pieces instead of late ones ...
const FOR_EACH: Duration = Duration::from_micros(20);
/// ... and at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// One thing heard.
#[expect(clippy::large_enum_variant, reason = "each is made once and shared behind an Arc")]
#[derive(Debug)]
pub(crate) enum Live {
    /// Durable: stored before it is heard.
    Change(Change),
    /// Streamed text, heard before it is stored.
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

    fn pause(&self) -> Duration {
        pause(self.sender.receiver_count())
    }
}

/// Between two pieces of text that so many hear.
fn pause(listeners: usize) -> Duration {
    let listeners = u32::try_from(listeners).unwrap_or(u32::MAX);
    PAUSE.saturating_add(FOR_EACH.saturating_mul(listeners)).min(LONGEST_PAUSE)
}

/// What the session's owner says into its hub. Text is told at once after a pause, and gathered into one piece otherwise: once here,
/// instead of once for each who listens. It is told before anything else is.
pub(super) struct Teller {
    hub: Hub,
    text: Option<Delta>,
    /// When text was told last; at first, when it began.
    told_at: Instant,
}

impl Teller {
    pub(super) fn new(hub: Hub) -> Self {
        Self { hub, text: None, told_at: Instant::now() }
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

    /// When the text that waits is to be told. None: none waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.text.as_ref()?;
        Some(self.told_at + self.hub.pause())
    }

    /// Tells the text that waits, if its time has come.
    pub(super) fn tell(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.tell_text(now);
        }
    }

    /// Tells the text that waits.
    pub(super) fn finish(&mut self) {
        self.tell_text(Instant::now());
    }

    fn tell_text(&mut self, now: Instant) {
        if let Some(text) = self.text.take() {
            self.told_at = now;
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

    fn delta(part: &str, offset: u64, text: &str) -> Delta {
        Delta { message: MessageId::new("m"), part: PartId::new(part), offset, text: text.into() }
    }

    /// What was told by now, in short.
    fn told(heard: &mut broadcast::Receiver<Arc<Live>>) -> Vec<(String, u64, String)> {
        std::iter::from_fn(|| heard.try_recv().ok())
            .map(|live| match live.as_ref() {
                Live::Delta(delta) => (delta.part.to_string(), delta.offset, delta.text.clone()),
                other => (format!("{other:?}"), 0, String::new()),
            })
            .collect()
    }

    fn piece(part: &str, offset: u64, text: &str) -> (String, u64, String) {
        (part.to_owned(), offset, text.to_owned())
    }

    #[test]
    fn a_burst_is_told_in_few_pieces_and_in_order() {
        let hub = Hub::new();
        let mut heard = hub.subscribe();
        let mut teller = Teller::new(hub);
        teller.stream(delta("a", 0, "one "));
        teller.stream(delta("a", 4, "two "));
        teller.stream(delta("b", 0, "other"));
        teller.stream(delta("a", 8, "three"));
        teller.publish(Live::Moved);
        let expected = [
            piece("a", 0, "one two "),
            piece("b", 0, "other"),
            piece("a", 8, "three"),
            piece("Moved", 0, ""),
        ];
        assert_eq!(told(&mut heard), expected);
    }

    #[test]
    fn text_is_told_at_once_after_a_pause_and_gathered_otherwise() {
        let hub = Hub::new();
        let mut heard = hub.subscribe();
        let mut teller = Teller::new(hub);
        assert_eq!(teller.due(), None);
        teller.stream(delta("a", 0, "one "));
        let now = Instant::now() + pause(1);
        teller.tell(now);
        assert_eq!(told(&mut heard), [piece("a", 0, "one ")]);

        for (offset, text) in [(4, "two "), (8, "three")] {
            teller.stream(delta("a", offset, text));
            teller.tell(now);
        }
        assert_eq!(told(&mut heard), []);
        assert_eq!(teller.due(), Some(now + pause(1)));
        teller.tell(now + pause(1));
        assert_eq!(told(&mut heard), [piece("a", 4, "two three")]);

        teller.stream(delta("a", 13, "x"));
        teller.subscribe();
        assert_eq!(told(&mut heard), [piece("a", 13, "x")], "who comes now hears what comes now");
    }

    #[test]
    fn a_crowd_is_told_larger_pieces() {
        let millis = [0, 1, 100, 1000, 1_000_000].map(|listeners| pause(listeners).as_millis());
        assert_eq!(millis, [4, 4, 6, 24, 50]);
    }
}
