//! The spool, shared: the event stream writes it, the connection to the server reads it.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slipway_keeper::wire::KeeperEvent;
use tokio::sync::watch;

use super::spool::Spool;

const LIMIT: u64 = 64 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct Journal {
    spool: Arc<Mutex<Spool>>,
    /// Moves whenever something was appended or forgotten.
    moved: Arc<watch::Sender<()>>,
}

impl Journal {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let spool = Spool::create(path, LIMIT)?;
        Ok(Self { spool: Arc::new(Mutex::new(spool)), moved: Arc::new(watch::Sender::new(())) })
    }

    pub(crate) fn record(&self, event: KeeperEvent) {
        self.spool().append(event);
        self.moved.send_replace(());
    }

    pub(crate) fn record_agent(&self, data: &str) {
        self.spool().append_agent(data);
        self.moved.send_replace(());
    }

    pub(crate) fn forget(&self, seq: u64) {
        self.spool().forget(seq);
        self.moved.send_replace(());
    }

    pub(crate) fn last(&self) -> u64 {
        self.spool().last()
    }

    /// See [`Spool::read`]. Nothing while more than `window` bytes after `base` were sent and not acknowledged.
    pub(crate) fn read(&self, base: u64, sent: u64, room: u64, window: u64) -> Option<(u64, Vec<u8>)> {
        let mut spool = self.spool();
        if spool.bytes_between(base, sent) > window {
            return None;
        }
        spool.read(sent, room)
    }

    /// Looks for movement from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// Returns when everything was acknowledged.
    pub(crate) async fn taken(&self) {
        let mut moved = self.watch();
        while !self.spool().is_empty() {
            if moved.changed().await.is_err() {
                return;
            }
        }
    }

    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
