//! The connection to the server: one at a time, the one of the highest generation.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use slipway_keeper::{
    lines::{Lines, line},
    wire::{FromKeeper, PROTOCOL, Reply, ToKeeper},
};
use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{agent_http::AgentHttp, egress::Egress, journal::Journal};

/// Connections that have not yet said who they are.
const STRANGERS: usize = 16;
const HELLO_LIMIT: Duration = Duration::from_secs(5);
/// Calls under way at once.
const CALLS: usize = 64;
/// Bytes of events sent at once, and sent without being acknowledged. The second bounds what the server must hold.
const BATCH: u64 = 64 * 1024;
const WINDOW: u64 = 16 * 1024 * 1024;
/// Who is replaced by another has so long to be told.
const FAREWELL: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) boot: String,
    pub(crate) journal: Journal,
    pub(crate) http: AgentHttp,
    egress: Egress,
    fence: Arc<Mutex<Fence>>,
    presence: Arc<watch::Sender<Presence>>,
    stop: Arc<Notify>,
}

/// Whether a server is there, and since when it is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Presence {
    Here,
    GoneSince(Instant),
}

impl Server {
    pub(crate) fn new(boot: String, journal: Journal, http: AgentHttp, egress: Egress) -> Self {
        Self {
            boot,
            journal,
            http,
            egress,
            fence: Arc::default(),
            presence: Arc::new(watch::Sender::new(Presence::GoneSince(Instant::now()))),
            stop: Arc::new(Notify::new()),
        }
    }

    pub(crate) fn presence(&self) -> watch::Receiver<Presence> {
        self.presence.subscribe()
    }

    /// Returns when a server asked for the end.
    pub(crate) async fn asked_to_stop(&self) {
        self.stop.notified().await;
    }

    pub(crate) async fn accept(self, listener: UnixListener) {
        let strangers = Arc::new(Semaphore::new(STRANGERS));
        loop {
            let Ok(permit) = strangers.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(self.clone().receive(stream, permit));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn receive(self, stream: UnixStream, stranger: OwnedSemaphorePermit) {
        let (input, mut output) = stream.into_split();
        let mut input = Lines::new(input);
        let Ok(Ok(Some(first))) = timeout(HELLO_LIMIT, input.next()).await else { return };
        let Ok(ToKeeper::Hello { protocol, generation, after }) = serde_json::from_slice(first) else {
            return;
        };
        if protocol != PROTOCOL {
            tracing::warn!(protocol, "a server of another version has come");
        }
        let entered = self.fence.lock().unwrap_or_else(PoisonError::into_inner).enter(generation);
        let hello = match &entered {
            Ok(_) => {
                FromKeeper::Hello { protocol: PROTOCOL, boot: self.boot.clone(), last: self.journal.last() }
            }
            Err(sentence) => FromKeeper::Refused { sentence: sentence.clone() },
        };
        if !matches!(timeout(HELLO_LIMIT, output.write_all(&line(&hello))).await, Ok(Ok(()))) {
            self.leave(&entered);
            return;
        }
        drop(stranger);
        let Ok(mut place) = entered else { return };
        self.presence.send_replace(Presence::Here);
        self.converse(input, output, after, &mut place.replaced).await;
        self.leave(&Ok(place));
    }

    fn leave(&self, entered: &Result<Place, String>) {
        let Ok(place) = entered else { return };
        if self.fence.lock().unwrap_or_else(PoisonError::into_inner).leave(place.number) {
            self.presence.send_replace(Presence::GoneSince(Instant::now()));
        }
    }

    async fn converse(
        &self,
        input: Lines<OwnedReadHalf>,
        output: OwnedWriteHalf,
        after: u64,
        replaced: &mut oneshot::Receiver<()>,
    ) {
        let (replies, waiting) = mpsc::channel(CALLS + 1);
        let (farewell, last_words) = oneshot::channel();
        let writer = Writer { journal: self.journal.clone(), output, waiting, last_words, base: after };
        let mut write = std::pin::pin!(writer.run());
        tokio::select! {
            () = self.listen(input, replies) => {}
            () = &mut write => {}
            _ = replaced => {
                let _ = farewell.send(());
                let _ = timeout(FAREWELL, write).await;
            }
        }
    }

    /// Hears the server until it hangs up or makes no sense. What it called for goes down with the connection.
    async fn listen(&self, mut input: Lines<OwnedReadHalf>, replies: mpsc::Sender<FromKeeper>) {
        let mut calls = JoinSet::new();
        loop {
            let Ok(Some(line)) = input.next().await else { return };
            while calls.try_join_next().is_some() {}
            match serde_json::from_slice(line) {
                Ok(ToKeeper::Call { id, .. }) if calls.len() >= CALLS => {
                    let sentence = "Too many calls are under way.".into();
                    let busy = FromKeeper::Reply { id, reply: Reply::Unreachable { sentence } };
                    if replies.send(busy).await.is_err() {
                        return;
                    }
                }
                Ok(ToKeeper::Call { id, call }) => {
                    let (http, replies) = (self.http.clone(), replies.clone());
                    calls.spawn(async move {
                        let reply = http.call(&call).await;
                        let _ = replies.send(FromKeeper::Reply { id, reply }).await;
                    });
                }
                Ok(ToKeeper::Ack { seq }) => self.journal.forget(seq),
                Ok(ToKeeper::Reach { reach }) => self.egress.set_reach(reach),
                Ok(ToKeeper::Stop) => self.stop.notify_one(),
                Ok(ToKeeper::Hello { .. }) => {}
                Err(error) => {
                    tracing::warn!(%error, "the server said something unknown");
                    return;
                }
            }
        }
    }
}

struct Writer {
    journal: Journal,
    output: OwnedWriteHalf,
    waiting: mpsc::Receiver<FromKeeper>,
    last_words: oneshot::Receiver<()>,
    /// The event before the first one that this connection is sent.
    base: u64,
}

impl Writer {
    /// Sends replies and events until the connection breaks or another one took its place.
    async fn run(mut self) {
        let mut moved = self.journal.watch();
        let mut sent = self.base;
        loop {
            moved.mark_unchanged();
            let events = self.journal.read(self.base, sent, BATCH, WINDOW);
            let bytes = tokio::select! {
                biased;
                _ = &mut self.last_words => {
                    let sentence = "Another server has taken over this session.".into();
                    let _ = self.output.write_all(&line(&FromKeeper::Refused { sentence })).await;
                    return;
                }
                Some(reply) = self.waiting.recv() => bounded(&reply),
                moved = moved.changed(), if events.is_none() => {
                    if moved.is_err() {
                        return;
                    }
                    continue;
                }
                () = std::future::ready(()), if events.is_some() => {
                    let (last, lines) = events.unwrap_or_default();
                    sent = last;
                    lines
                }
            };
            if self.output.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}

/// A reply as a line that the other side will accept.
fn bounded(reply: &FromKeeper) -> Vec<u8> {
    let bytes = line(reply);
    match reply {
        FromKeeper::Reply { id, .. } if bytes.len() > slipway_keeper::wire::MAX_LINE => {
            let reply = Reply::Unreachable { sentence: "The agent's answer is too long.".into() };
            line(&FromKeeper::Reply { id: *id, reply })
        }
        _ => bytes,
    }
}

/// Who may speak: the newest generation, and of one generation the newest connection.
#[derive(Debug, Default)]
struct Fence {
    generation: u64,
    entered: u64,
    current: Option<(u64, oneshot::Sender<()>)>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    replaced: oneshot::Receiver<()>,
}

impl Fence {
    fn enter(&mut self, generation: u64) -> Result<Place, String> {
        if generation < self.generation {
            return Err(format!(
                "Generation {generation} is over: generation {} has taken over this session.",
                self.generation
            ));
        }
        self.generation = generation;
        self.entered += 1;
        if let Some((_, older)) = self.current.take() {
            let _ = older.send(());
        }
        let (replace, replaced) = oneshot::channel();
        self.current = Some((self.entered, replace));
        Ok(Place { number: self.entered, replaced })
    }

    /// True: nobody is left.
    fn leave(&mut self, number: u64) -> bool {
        if self.current.as_ref().is_some_and(|(current, _)| *current == number) {
            self.current = None;
        }
        self.current.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_the_highest_generation_speaks() {
        let mut fence = Fence::default();
        let mut first = fence.enter(3).unwrap();
        assert!(fence.enter(2).is_err());
        assert!(first.replaced.try_recv().is_err());
        let mut same = fence.enter(3).unwrap();
        assert_eq!(first.replaced.try_recv(), Ok(()));
        assert!(!fence.leave(first.number));
        let higher = fence.enter(4).unwrap();
        assert_eq!(same.replaced.try_recv(), Ok(()));
        assert!(fence.enter(3).is_err());
        assert!(fence.leave(higher.number));
        assert!(fence.enter(3).is_err());
    }
}
