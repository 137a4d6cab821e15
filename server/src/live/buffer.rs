//! Streamed text goes out at once when the socket was quiet, and is merged with its neighbours otherwise. The more sockets are
//! open, the longer that quiet is: a crowd is sent fewer and larger pieces instead of late ones.

use std::time::Duration;

use tokio::time::Instant;

use super::frame::LiveFrame;

/// How long a socket must have been quiet where it is alone ...
const QUIET: Duration = Duration::from_millis(4);
/// ... how much longer for each other one ...
const FOR_EACH: Duration = Duration::from_micros(33);
/// ... and at most.
const LONGEST_QUIET: Duration = Duration::from_millis(50);

/// More frames than this do not wait.
const MOST: usize = 64;

/// The quiet that so many open sockets ask for.
pub(crate) fn quiet(sockets: usize) -> Duration {
    let others = u32::try_from(sockets.saturating_sub(1)).unwrap_or(u32::MAX);
    QUIET.saturating_add(FOR_EACH.saturating_mul(others)).min(LONGEST_QUIET)
}

pub(crate) struct Buffer<F> {
    waiting: Vec<F>,
    last_sent: Option<Instant>,
    urgent: bool,
}

impl<F: LiveFrame> Buffer<F> {
    pub(crate) fn new() -> Self {
        Self { waiting: Vec::new(), last_sent: None, urgent: false }
    }

    pub(crate) fn push(&mut self, frame: F) {
        self.urgent |= !frame.may_wait();
        let left = match self.waiting.last_mut() {
            Some(last) => last.absorb(frame),
            None => Some(frame),
        };
        self.waiting.extend(left);
    }

    /// When what waits must go out. None: nothing waits.
    pub(crate) fn due(&self, now: Instant, quiet: Duration) -> Option<Instant> {
        if self.waiting.is_empty() {
            return None;
        }
        if self.urgent || self.waiting.len() >= MOST {
            return Some(now);
        }
        Some(self.last_sent.map_or(now, |sent| sent + quiet))
    }

    pub(crate) fn take(&mut self, now: Instant) -> Vec<F> {
        self.last_sent = Some(now);
        self.urgent = false;
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{Delta, Frame, MessageId, PartId};

    use super::*;

    fn delta(part: &str, offset: u64, text: &str) -> Frame {
        let (message, part) = (MessageId::new("m"), PartId::new(part));
        Frame::Delta(Delta { message, part, offset, text: text.into() })
    }

    #[test]
    fn text_goes_at_once_after_quiet_and_is_merged_otherwise() {
        let now = Instant::now();
        let mut buffer = Buffer::new();
        assert_eq!(buffer.due(now, QUIET), None);
        buffer.push(delta("a", 0, "one "));
        assert_eq!(buffer.due(now, QUIET), Some(now));
        assert_eq!(buffer.take(now), [delta("a", 0, "one ")]);

        buffer.push(delta("a", 4, "two "));
        buffer.push(delta("a", 8, "three"));
        buffer.push(delta("b", 0, "other"));
        buffer.push(delta("b", 9, "hole before"));
        assert_eq!(buffer.due(now, QUIET), Some(now + QUIET));
        let merged = [delta("a", 4, "two three"), delta("b", 0, "other"), delta("b", 9, "hole before")];
        assert_eq!(buffer.take(now), merged);

        buffer.push(delta("b", 20, "x"));
        buffer.push(Frame::Gone);
        assert_eq!(buffer.due(now, QUIET), Some(now), "what is no text does not wait, and keeps its place");
        assert_eq!(buffer.take(now), [delta("b", 20, "x"), Frame::Gone]);
    }

    #[test]
    fn a_crowd_is_sent_larger_pieces() {
        let millis = [0, 1, 101, 1001, 1_000_000].map(|sockets| quiet(sockets).as_millis());
        assert_eq!(millis, [4, 4, 7, 37, 50]);
    }
}
