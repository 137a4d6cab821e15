//! One open socket: what it hears, what it sends, and how it ends.

use std::{
    borrow::Cow,
    pin::{Pin, pin},
    time::Duration,
};

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
};
use futures::{SinkExt, Stream};
use slipway_protocol::{Frame, Join, Shorthand};
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{batch::Batch, frame::LiveFrame};

/// A sign of life, in both directions.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Not even a pong for so long: nobody is there.
const SILENCE: Duration = Duration::from_secs(35);

/// Who takes longer than this to take a frame is too slow; it joins again when it can.
const SLOW: Duration = Duration::from_secs(10);

/// How long the first frame may take.
const HELLO: Duration = Duration::from_secs(10);

/// The server ends; come back in a moment.
const GOING_AWAY: u16 = 1001;
const NORMAL: u16 = 1000;
const POLICY: u16 = 1008;
/// Join again: too far behind, or the server is busy.
pub(crate) const TRY_AGAIN: u16 = 1013;
/// No longer signed in.
pub(crate) const SIGNED_OUT: u16 = 4401;

pub(crate) type Checking = Pin<Box<dyn Future<Output = bool> + Send>>;

pub(crate) struct Line {
    socket: WebSocket,
    shorthand: Shorthand,
    closing: CancellationToken,
    /// Moves when somebody, somewhere, was signed out.
    sign_outs: watch::Receiver<u64>,
    still_signed_in: Box<dyn Fn() -> Checking + Send>,
}

/// Why a socket is closed by us: a code and a reason. None: it is gone already.
type End = Option<(u16, Cow<'static, str>)>;

impl Line {
    pub(crate) fn new(
        socket: WebSocket,
        closing: CancellationToken,
        sign_outs: watch::Receiver<u64>,
        still_signed_in: Box<dyn Fn() -> Checking + Send>,
    ) -> Self {
        Self { socket, shorthand: Shorthand::default(), closing, sign_outs, still_signed_in }
    }

    /// The first frame: what the follower holds. None: it was none, and the socket is closed.
    pub(crate) async fn join(&mut self) -> Option<Join> {
        let hello = async {
            loop {
                match self.socket.recv().await {
                    Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text)),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return None,
                }
            }
        };
        let said = tokio::select! {
            () = self.closing.cancelled() => Err((GOING_AWAY, "The server ends.")),
            said = timeout(HELLO, hello) => said.map_err(|_| (POLICY, "The first frame did not come.")),
        };
        match said {
            Ok(Some(Ok(join))) => return Some(join),
            Ok(Some(Err(_))) => self.end(POLICY, "The first frame could not be understood.").await,
            Ok(None) => self.end(POLICY, "The first frame says what you hold.").await,
            Err((code, reason)) => self.end(code, reason).await,
        }
        None
    }

    /// Sends what comes until there is no more, the reader is gone, or the server ends.
    pub(crate) async fn run<F: LiveFrame>(mut self, frames: impl Stream<Item = F>) {
        if let Some((code, reason)) = self.talk(frames).await {
            self.end(code, &reason).await;
        }
    }

    pub(crate) async fn gone(mut self) {
        if self.send(vec![Frame::Gone]).await {
            self.end(NORMAL, "").await;
        }
    }

    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        self.end(code, reason).await;
    }

    async fn talk<F: LiveFrame>(&mut self, frames: impl Stream<Item = F>) -> End {
        let mut frames = pin!(frames);
        let mut closed = pin!(self.closing.clone().cancelled_owned());
        // A crowd that came at once would otherwise be asked after all at once, each time.
        let first = HEARTBEAT.mul_f64(0.5 + fastrand::f64() / 2.0);
        let mut heartbeat = interval_at(Instant::now() + first, HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard, mut revision) = (Instant::now(), 0);
        // Asked beside the sending: a thousand readers of one session wait for the same database.
        let mut checking: Option<Checking> = None;
        loop {
            tokio::select! {
                biased;
                () = &mut closed => return Some((GOING_AWAY, "The server ends.".into())),
                said = self.socket.recv() => match said {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => heard = Instant::now(),
                    Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                        return Some((POLICY, "Nothing is expected here but the first frame.".into()));
                    }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                },
                // Anew: what is being asked may have been read before that.
                Ok(()) = self.sign_outs.changed() => checking = Some((self.still_signed_in)()),
                signed_in = answered(&mut checking) => {
                    checking = None;
                    if !signed_in {
                        return Some((SIGNED_OUT, "You are signed out.".into()));
                    }
                }
                _ = heartbeat.tick() => {
                    checking.get_or_insert_with(|| (self.still_signed_in)());
                    let is_there = heard.elapsed() <= SILENCE;
                    if !(is_there && self.send(vec![F::heartbeat(revision)]).await && self.ping().await) {
                        return None;
                    }
                }
                batch = Batch::next(&mut frames) => {
                    revision = batch.frames.iter().filter_map(F::revision).next_back().unwrap_or(revision);
                    let is_farewell = batch.frames.last().is_some_and(F::is_last);
                    if !self.send(batch.frames).await {
                        return None;
                    }
                    if batch.is_last {
                        return Some(if is_farewell { (NORMAL, "".into()) } else { (TRY_AGAIN, "Join again.".into()) });
                    }
                }
            }
        }
    }

    async fn send<F: LiveFrame>(&mut self, batch: Vec<F>) -> bool {
        let texts = batch.into_iter().map(|frame| frame.told(&mut self.shorthand));
        let texts: Result<Vec<_>, _> = texts.collect();
        let Ok(texts) = texts else { return false };
        let sending = async {
            for text in texts {
                self.socket.feed(Message::Text(text.into())).await?;
            }
            self.socket.flush().await
        };
        matches!(timeout(SLOW, sending).await, Ok(Ok(())))
    }

    async fn ping(&mut self) -> bool {
        self.put(Message::Ping(Bytes::new())).await
    }

    async fn put(&mut self, message: Message) -> bool {
        matches!(timeout(SLOW, self.socket.send(message)).await, Ok(Ok(())))
    }

    async fn end(&mut self, code: u16, reason: &str) {
        // A close frame holds 125 bytes.
        let short: String = reason.chars().take(40).collect();
        let frame = CloseFrame { code, reason: Utf8Bytes::from(short) };
        if self.put(Message::Close(Some(frame))).await {
            // Lets the other side answer, so that the close is seen as ours and whole.
            let _ = timeout(Duration::from_secs(1), async {
                while let Some(Ok(_)) = self.socket.recv().await {}
            })
            .await;
        }
    }
}

/// What is being asked; never ready where nothing is.
async fn answered(checking: &mut Option<Checking>) -> bool {
    match checking {
        Some(checking) => checking.await,
        None => std::future::pending().await,
    }
}
