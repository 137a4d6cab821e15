//! Who is awake. Never waits for a session: a full inbox drops the hint, and the sweep makes up for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use slipway_protocol::SessionId;
use slipway_store::until_reachable;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use super::{
    excess::Excess,
    hub::{Hub, Joined, OpenText, Outcomes},
    message::{Message, OnExit},
    supervisor,
    work::Workplace,
};
use crate::{Error, clock};

/// What a supervisor can have waiting.
const INBOX: usize = 256;
/// A lease that nobody renews is free after this long.
const LEASE_MS: i64 = 30_000;
/// How long the end of the server waits for supervisors.
const LAST_WAIT: Duration = Duration::from_secs(8);

#[derive(Clone)]
pub(crate) struct Registry {
    shared: Arc<Shared>,
}

struct Shared {
    workplace: Workplace,
    /// Where supervisors run: with the engine, whoever calls it.
    runtime: Handle,
    /// A std mutex: held for a look-up, never across an await.
    sessions: Mutex<Sessions>,
}

#[derive(Default)]
struct Sessions {
    entries: HashMap<SessionId, Entry>,
    ended: bool,
}

struct Entry {
    hub: Hub,
    inbox: Option<mpsc::Sender<Message>>,
}

/// Frees the place of a supervisor, also after a panic.
pub(super) struct Ticket {
    registry: Registry,
    session: SessionId,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.registry.forget(&self.session);
    }
}

impl Registry {
    pub(crate) fn new(workplace: Workplace, runtime: Handle) -> Self {
        Self { shared: Arc::new(Shared { workplace, runtime, sessions: Mutex::default() }) }
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, Sessions> {
        self.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to do for this session: nudges its supervisor, or starts one.
    pub(crate) fn hint(&self, id: &SessionId) {
        let mut sessions = self.sessions();
        if sessions.ended {
            return;
        }
        let entry = sessions.entry(id);
        if let Some(inbox) = &entry.inbox {
            // Full is fine: it will look at the commands anyway. Closed: it is ending, and looks once more itself.
            let _ = inbox.try_send(Message::Hint);
            return;
        }
        let (inbox, messages) = mpsc::channel(INBOX);
        entry.inbox = Some(inbox);
        let hub = entry.hub.clone();
        let ticket = Ticket { registry: self.clone(), session: id.clone() };
        let workplace = self.shared.workplace.clone();
        self.shared.runtime.spawn(supervisor::run(workplace, id.clone(), hub, messages, ticket));
    }

    fn forget(&self, id: &SessionId) {
        let mut sessions = self.sessions();
        if let Some(entry) = sessions.entries.get_mut(id) {
            entry.inbox = None;
        }
    }

    /// Those that a supervisor is awake for.
    pub(super) fn awake(&self) -> Vec<SessionId> {
        let sessions = self.sessions();
        let awake = sessions.entries.iter().filter(|(_, entry)| entry.inbox.is_some());
        awake.map(|(id, _)| id.clone()).collect()
    }

    /// Tells a supervisor that its session takes too much. One that is too busy to hear is told again.
    pub(super) fn tell(&self, id: &SessionId, excess: Excess) {
        let inbox = self.sessions().entry(id).inbox.clone();
        if let Some(inbox) = inbox {
            let _ = inbox.try_send(Message::Exceeded(excess));
        }
    }

    /// What a follower needs, atomically. From the rows where the session sleeps.
    pub(crate) async fn join(&self, id: &SessionId) -> Result<Joined, Error> {
        let inbox = self.sessions().entry(id).inbox.clone();
        if let Some(inbox) = inbox {
            let (reply, answer) = oneshot::channel();
            if inbox.try_send(Message::Join(reply)).is_ok()
                && let Ok(joined) = answer.await
            {
                return Ok(joined);
            }
        }
        let live = self.sessions().entry(id).hub.subscribe();
        let store = &self.shared.workplace.store;
        let session = store.session(id).await?.ok_or_else(Error::no_such_session)?;
        let open = store.working_set(id).await?.map(|set| set.parts).unwrap_or_default();
        let open = open.into_iter().filter(|(part, _)| part.open).map(|(part, _)| OpenText {
            message: part.message,
            part: part.id,
            text: part.text,
        });
        Ok(Joined { session: id.clone(), revision: session.rev, live, open: open.collect() })
    }

    /// Hears how commands end from now on.
    pub(crate) fn outcomes(&self, id: &SessionId) -> Outcomes {
        Outcomes { live: self.sessions().entry(id).hub.subscribe() }
    }

    /// Takes up what an earlier server left running, and what waits to be done.
    pub(crate) async fn resume(&self) -> Result<(), Error> {
        let store = &self.shared.workplace.store;
        let node = &self.shared.workplace.settings.node;
        let left = until_reachable(|| store.sessions_to_resume(node)).await?;
        let waiting = until_reachable(|| store.sessions_with_pending_commands()).await?;
        left.iter().chain(&waiting).for_each(|id| self.hint(id));
        Ok(())
    }

    /// Keeps the leases of who is awake, and lets go of hubs nobody listens to.
    pub(crate) async fn renew_leases(&self) {
        let anybody = {
            let mut sessions = self.sessions();
            sessions.entries.retain(|_, entry| entry.inbox.is_some() || !entry.hub.is_deserted());
            sessions.entries.values().any(|entry| entry.inbox.is_some())
        };
        let Workplace { store, settings, .. } = &self.shared.workplace;
        if anybody && let Err(error) = store.renew_leases(&settings.node, lease_until()).await {
            tracing::error!(%error, "could not renew the leases");
        }
    }

    /// Ends every supervisor, within `LAST_WAIT`.
    pub(crate) async fn shut_down(&self, on_exit: OnExit) {
        let inboxes: Vec<_> = {
            let mut sessions = self.sessions();
            sessions.ended = true;
            sessions.entries.values().filter_map(|entry| entry.inbox.clone()).collect()
        };
        let mut endings = Vec::new();
        for inbox in inboxes {
            let (done, ended) = oneshot::channel();
            let told = inbox.send(Message::ShutDown { on_exit, done });
            if tokio::time::timeout(Duration::from_secs(1), told).await.is_ok_and(|told| told.is_ok()) {
                endings.push(ended);
            }
        }
        let all = async {
            for ended in endings {
                let _ = ended.await;
            }
        };
        if tokio::time::timeout(LAST_WAIT, all).await.is_err() {
            tracing::warn!("some sessions did not end in time; their keepers go on");
        }
    }
}

impl Sessions {
    fn entry(&mut self, id: &SessionId) -> &mut Entry {
        self.entries.entry(id.clone()).or_insert_with(|| Entry { hub: Hub::new(), inbox: None })
    }
}

/// When a lease taken or renewed now ends.
pub(super) fn lease_until() -> i64 {
    clock::now() + LEASE_MS
}
