//! The connection to a keeper: its task reads and writes, and opens it once more when it is lost.

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use slipway_keeper::{
    lines::{Lines, line},
    wire::{Call, FromKeeper, PROTOCOL, Reach, Reply, ToKeeper},
};
use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};

const GREETING_LIMIT: Duration = Duration::from_secs(5);
const BEFORE_RETRY: Duration = Duration::from_millis(50);
/// A connection that broke sooner would break again.
const WORTH_RETRYING: Duration = Duration::from_secs(1);
/// Events that wait to be taken. The keeper stops sending long before: it waits for acknowledgements.
pub(crate) const WAITING_EVENTS: usize = 1 << 19;
/// Calls that wait to be sent.
pub(crate) const WAITING_CALLS: usize = 64;

/// What a keeper said to a hello.
pub(crate) enum Greeting {
    Hello(Hello),
    Refused { sentence: String },
}

pub(crate) struct Hello {
    pub(crate) protocol: u32,
    pub(crate) boot: String,
    /// The newest event that the keeper has.
    pub(crate) last: u64,
    input: Lines<OwnedReadHalf>,
    output: OwnedWriteHalf,
}

impl Hello {
    /// The keeper's process.
    pub(crate) fn pid(&self) -> Option<u32> {
        let peer = self.output.as_ref().peer_cred().ok()?;
        u32::try_from(peer.pid()?).ok()
    }

    pub(crate) async fn say(&mut self, word: &ToKeeper) -> io::Result<()> {
        self.output.write_all(&line(word)).await
    }
}

/// Connects and says who is there.
pub(crate) async fn greet(socket: &Path, generation: u64, after: u64) -> io::Result<Greeting> {
    let greeting = async {
        let (input, mut output) = UnixStream::connect(socket).await?.into_split();
        output.write_all(&line(&ToKeeper::Hello { protocol: PROTOCOL, generation, after })).await?;
        let mut input = Lines::new(input);
        let answer = match input.next().await? {
            Some(answer) => serde_json::from_slice(answer)?,
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        match answer {
            FromKeeper::Hello { protocol, boot, last } => {
                Ok(Greeting::Hello(Hello { protocol, boot, last, input, output }))
            }
            FromKeeper::Refused { sentence } => Ok(Greeting::Refused { sentence }),
            FromKeeper::Event { .. } | FromKeeper::Reply { .. } => Err(io::ErrorKind::InvalidData.into()),
        }
    };
    timeout(GREETING_LIMIT, greeting).await?
}

/// A call and who waits for its reply.
pub(crate) type Asked = (Call, oneshot::Sender<Reply>);

/// Runs until the connection is gone for good.
pub(crate) struct Link {
    pub(crate) socket: PathBuf,
    pub(crate) generation: u64,
    pub(crate) boot: String,
    /// The last event received.
    pub(crate) received: u64,
    pub(crate) events: mpsc::Sender<(u64, Vec<u8>)>,
    pub(crate) calls: mpsc::Receiver<Asked>,
    pub(crate) acknowledged: watch::Receiver<u64>,
    pub(crate) reach: watch::Receiver<Reach>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Why a connection ended.
enum Ending {
    Lost,
    /// Somebody else is served now.
    Refused(String),
    /// Nobody wants this link any more.
    Final,
}

impl Link {
    /// Gives the keeper's sentence where it serves another.
    pub(crate) async fn run(mut self, mut hello: Hello) -> Option<String> {
        loop {
            let begin = Instant::now();
            match self.converse(hello).await {
                Ending::Lost if begin.elapsed() >= WORTH_RETRYING => {}
                Ending::Lost | Ending::Final => return None,
                Ending::Refused(sentence) => return Some(sentence),
            }
            sleep(BEFORE_RETRY).await;
            hello = match greet(&self.socket, self.generation, self.received).await {
                Ok(Greeting::Hello(hello)) if hello.boot == self.boot => hello,
                Ok(Greeting::Refused { sentence }) => return Some(sentence),
                Ok(Greeting::Hello(_)) | Err(_) => return None,
            };
        }
    }

    async fn converse(&mut self, hello: Hello) -> Ending {
        // Whoever waits in it learns that the connection is lost when it goes.
        let pending = Pending::default();
        let Self { received, events, calls, acknowledged, reach, stop, .. } = self;
        // What a lost connection may have taken with it.
        acknowledged.mark_changed();
        reach.mark_changed();
        stop.mark_changed();
        tokio::select! {
            ending = read(hello.input, received, events, &pending) => ending,
            ending = write(hello.output, calls, acknowledged, reach, stop, &pending) => ending,
        }
    }
}

type Pending = Mutex<HashMap<u64, oneshot::Sender<Reply>>>;

/// Never waits for anybody but the keeper, so that replies pass events that nobody has taken yet.
async fn read(
    mut input: Lines<OwnedReadHalf>,
    received: &mut u64,
    events: &mpsc::Sender<(u64, Vec<u8>)>,
    pending: &Pending,
) -> Ending {
    #[derive(Deserialize)]
    struct Head {
        seq: Option<u64>,
        id: Option<u64>,
    }
    while let Ok(Some(line)) = input.next().await {
        let Ok(head) = serde_json::from_slice::<Head>(line) else { return Ending::Lost };
        // Events are many, and taken apart where they are taken.
        if let Some(seq) = head.seq {
            if events.try_send((seq, line.to_vec())).is_err() {
                tracing::error!("the keeper sent more events than it may");
                return Ending::Final;
            }
            *received = seq;
            continue;
        }
        let word = serde_json::from_slice(line);
        if let Some(id) = head.id {
            let asked = pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            let reply = match word {
                Ok(FromKeeper::Reply { reply, .. }) => reply,
                Ok(_) | Err(_) => {
                    Reply::Unreachable { sentence: "The agent's answer is not understood.".into() }
                }
            };
            if let Some(asked) = asked {
                let _ = asked.send(reply);
            }
            continue;
        }
        match word {
            Ok(FromKeeper::Refused { sentence }) => {
                tracing::warn!(sentence, "the keeper serves another");
                return Ending::Refused(sentence);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "the keeper said something unknown");
                return Ending::Lost;
            }
        }
    }
    Ending::Lost
}

async fn write(
    mut output: OwnedWriteHalf,
    calls: &mut mpsc::Receiver<Asked>,
    acknowledged: &mut watch::Receiver<u64>,
    reach: &mut watch::Receiver<Reach>,
    stop: &mut watch::Receiver<bool>,
    pending: &Pending,
) -> Ending {
    let mut next_id = 0;
    loop {
        let word = tokio::select! {
            biased;
            changed = stop.changed() => match changed {
                Ok(()) if *stop.borrow_and_update() => ToKeeper::Stop,
                Ok(()) => continue,
                Err(_) => return Ending::Final,
            },
            changed = acknowledged.changed() => match changed {
                Ok(()) => ToKeeper::Ack { seq: *acknowledged.borrow_and_update() },
                Err(_) => return Ending::Final,
            },
            changed = reach.changed() => match changed {
                Ok(()) => ToKeeper::Reach { reach: reach.borrow_and_update().clone() },
                Err(_) => return Ending::Final,
            },
            asked = calls.recv() => {
                let Some((call, reply)) = asked else { return Ending::Final };
                if reply.is_closed() {
                    continue;
                }
                next_id += 1;
                pending.lock().unwrap_or_else(PoisonError::into_inner).insert(next_id, reply);
                ToKeeper::Call { id: next_id, call }
            }
        };
        if output.write_all(&line(&word)).await.is_err() {
            // The reader may still find why.
            std::future::pending::<()>().await;
        }
    }
}
