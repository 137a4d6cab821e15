//! An agent's keeper, as the server sees it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use slipway_keeper::wire::{Call, FromKeeper, KeeperEvent, Reach, Reply, SOCKET};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    SandboxError,
    link::{Asked, Hello, Link, WAITING_CALLS, WAITING_EVENTS},
    remains,
};

/// Calls under way at once; the keeper takes no more.
const CALLS: usize = 64;
/// The keeper answers each call in its own time; this much later it is not coming.
const CALL_SLACK: Duration = Duration::from_secs(5);

/// A connection to a keeper. Dropped, it lets go of the keeper, which goes on by itself.
#[derive(Debug)]
pub struct Keeper {
    runtime: PathBuf,
    generation: u64,
    boot: String,
    held: u64,
    events: mpsc::Receiver<(u64, Vec<u8>)>,
    acknowledged: watch::Sender<u64>,
    reach: watch::Sender<Reach>,
    stop: watch::Sender<bool>,
    caller: Caller,
    link: JoinHandle<Option<String>>,
}

/// Sends calls to the agent, at most 64 at once; more wait.
#[derive(Clone, Debug)]
pub struct Caller {
    calls: mpsc::Sender<Asked>,
    slots: Arc<Semaphore>,
}

impl Keeper {
    pub(crate) fn new(runtime: PathBuf, generation: u64, after: u64, reach: Reach, hello: Hello) -> Self {
        let (boot, held) = (hello.boot.clone(), hello.last);
        let (event_sender, events) = mpsc::channel(WAITING_EVENTS);
        let (call_sender, calls) = mpsc::channel(WAITING_CALLS);
        let (acknowledged, stop) = (watch::Sender::new(after), watch::Sender::new(false));
        let reach = watch::Sender::new(reach);
        let link = Link {
            socket: runtime.join(SOCKET),
            generation,
            boot: boot.clone(),
            received: after,
            events: event_sender,
            calls,
            acknowledged: acknowledged.subscribe(),
            reach: reach.subscribe(),
            stop: stop.subscribe(),
        };
        let link = tokio::spawn(link.run(hello));
        let caller = Caller { calls: call_sender, slots: Arc::new(Semaphore::new(CALLS)) };
        Self { runtime, generation, boot, held, events, acknowledged, reach, stop, caller, link }
    }

    /// Which run of the keeper this is; event numbers count within it.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// The number of the newest event that the keeper had when this connection began.
    pub fn held(&self) -> u64 {
        self.held
    }

    /// The next event and its number. None: the keeper is gone for good. May be cancelled.
    pub async fn next(&mut self) -> Option<(u64, KeeperEvent)> {
        let (seq, line) = self.events.recv().await?;
        match serde_json::from_slice(&line) {
            Ok(FromKeeper::Event { event, .. }) => Some((seq, event)),
            // Not understood is as good as lost.
            Ok(_) | Err(_) => Some((seq, KeeperEvent::Gap)),
        }
    }

    /// Everything up to `seq` is stored. The keeper sends at most 16 MiB beyond what was acknowledged.
    pub fn acknowledge(&self, seq: u64) {
        self.acknowledged.send_if_modified(|acknowledged| {
            let newer = seq > *acknowledged;
            *acknowledged = seq.max(*acknowledged);
            newer
        });
    }

    /// From now on the session says this to where its agent may go.
    pub fn set_reach(&self, reach: Reach) {
        self.reach.send_replace(reach);
    }

    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// Ends the agent by its stop steps, and the keeper; returns when both are gone. Events still under way are lost.
    /// Refused where a higher generation has taken over: then the agent is no longer ours to stop.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        self.stop.send_replace(true);
        let hear_out = async {
            while let Some((seq, _)) = self.events.recv().await {
                self.acknowledge(seq);
            }
        };
        if timeout(remains::STOP_LIMIT, hear_out).await.is_err() {
            tracing::warn!(runtime = %self.runtime.display(), "a keeper does not end; it will be killed");
        } else if let Ok(Some(sentence)) = (&mut self.link).await {
            return Err(SandboxError::Refused { sentence });
        }
        remains::settle(&self.runtime, self.generation).await
    }

    /// Lets go of the keeper, which goes on by itself until somebody adopts it.
    pub fn leave(self) {
        drop(self);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.link.abort();
    }
}

impl Caller {
    pub async fn call(&self, call: Call) -> Result<Reply, SandboxError> {
        let limit = Duration::from_millis(call.timeout_ms) + CALL_SLACK;
        let what = format!("A call of the agent ({})", call.path);
        let answer = async {
            let _slot = self.slots.acquire().await.map_err(|_| SandboxError::Gone)?;
            let (reply, answer) = oneshot::channel();
            self.calls.send((call, reply)).await.map_err(|_| SandboxError::Gone)?;
            answer.await.map_err(|_| SandboxError::Gone)
        };
        timeout(limit, answer).await.unwrap_or(Err(SandboxError::TimedOut { what, limit }))
    }
}
