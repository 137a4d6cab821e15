//! What goes out to a socket together: the next frame, and those that stand behind it already, with text that goes on as one. Who is
//! slow is sent larger pieces.

use futures::{FutureExt as _, Stream, StreamExt as _};

use super::frame::LiveFrame;

/// More frames than this are sent before more are taken.
const MOST: usize = 64;

pub(crate) struct Batch<F> {
    pub(crate) frames: Vec<F>,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

impl<F: LiveFrame> Batch<F> {
    /// Waits for one frame only; who stops waiting loses none.
    pub(crate) async fn next(source: &mut (impl Stream<Item = F> + Unpin)) -> Self {
        let mut batch = Self { frames: Vec::new(), is_last: false };
        let mut next = source.next().await;
        while let Some(frame) = next {
            batch.push(frame);
            if batch.is_last || batch.frames.len() >= MOST {
                return batch;
            }
            match source.next().now_or_never() {
                Some(behind) => next = behind,
                None => return batch,
            }
        }
        batch.is_last = true;
        batch
    }

    fn push(&mut self, frame: F) {
        self.is_last = frame.is_last();
        let left = match self.frames.last_mut() {
            Some(last) => last.absorb(frame),
            None => Some(frame),
        };
        self.frames.extend(left);
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use slipway_protocol::{Delta, Frame, MessageId, PartId};

    use super::*;

    fn delta(part: &str, offset: u64, text: &str) -> Frame {
        let (message, part) = (MessageId::new("m"), PartId::new(part));
        Frame::Delta(Delta { message, part, offset, text: text.into() })
    }

    #[tokio::test]
    async fn what_stood_in_line_goes_out_together() {
        let said = [
            delta("a", 4, "two "),
            delta("a", 8, "three"),
            delta("b", 0, "other"),
            delta("b", 9, "hole before"),
            Frame::Heartbeat { revision: 1 },
        ];
        let mut frames = stream::iter(said).chain(stream::pending());
        let batch = Batch::next(&mut frames).await;
        let expected = [
            delta("a", 4, "two three"),
            delta("b", 0, "other"),
            delta("b", 9, "hole before"),
            Frame::Heartbeat { revision: 1 },
        ];
        assert_eq!((batch.frames.as_slice(), batch.is_last), (expected.as_slice(), false));
        assert!(Batch::next(&mut frames).now_or_never().is_none(), "an empty batch is none");
    }

    #[tokio::test]
    async fn a_batch_ends_with_the_last_frame_and_with_the_stream() {
        let mut gone = stream::iter([delta("a", 0, "x"), Frame::Gone, delta("a", 1, "y")]);
        let batch = Batch::next(&mut gone).await;
        assert_eq!(
            (batch.frames.as_slice(), batch.is_last),
            ([delta("a", 0, "x"), Frame::Gone].as_slice(), true)
        );
        let mut ended = stream::iter([delta("a", 0, "x")]);
        let batch = Batch::next(&mut ended).await;
        assert_eq!((batch.frames.as_slice(), batch.is_last), ([delta("a", 0, "x")].as_slice(), true));
        let many = (0..100).map(|revision| Frame::Heartbeat { revision });
        let batch = Batch::next(&mut stream::iter(many)).await;
        assert_eq!((batch.frames.len(), batch.is_last), (MOST, false));
    }
}
