//! The engine: what is built once, and what pages and sockets call.

use std::{collections::HashSet, net::IpAddr, ops::Deref, sync::Arc, time::Duration};

use slipway_agent::Agent;
use slipway_git::Git;
use slipway_protocol::{
    Author, Branch, Command, CommandId, Deed, ModelInfo, ModelRef, Person, RepositoryId, RepositoryInfo,
    SubmittedCommand, UserId,
};
use slipway_store::Store;
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Archive, Error, RepositorySource, Settings, Vault,
    access::Access,
    clock,
    list::ListHub,
    mirrors::Mirrors,
    models::Models,
    providers::Providers,
    publishing::Watches,
    session::{OnExit, Registry, Watcher, Workplace},
};

/// Each node looks for commands whose hint was lost this often.
const SWEEP: Duration = Duration::from_secs(2);

/// Sessions that nobody touches are looked for this often, or more often where they rest shorter.
const LONGEST_WITHOUT_LOOK: Duration = Duration::from_hours(1);

/// The one local user of an installation without accounts.
const LOCAL_USER: &str = "local";

/// Whether this is that user.
pub fn is_local(id: &UserId) -> bool {
    id.as_str() == LOCAL_USER
}

/// What the engine is built from.
pub struct Parts {
    pub store: Store,
    pub agent: Arc<dyn Agent>,
    pub git: Git,
    pub archive: Archive,
    pub sources: Arc<dyn RepositorySource>,
    pub settings: Settings,
    pub vault: Vault,
    /// Where sessions are worked on.
    pub workers: Handle,
}

/// Cheap to clone; all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    /// Where the person is who asks; for the audit.
    pub(crate) asked_from: Option<IpAddr>,
}

/// What all clones of an engine have in common.
pub struct Shared {
    pub(crate) store: Store,
    pub(crate) git: Git,
    pub(crate) mirrors: Arc<Mirrors>,
    pub(crate) sources: Arc<dyn RepositorySource>,
    pub(crate) providers: Arc<Providers>,
    pub(crate) models: Arc<Models>,
    pub(crate) registry: Registry,
    pub(crate) list: ListHub,
    pub(crate) access: Arc<Access>,
    pub(crate) watches: Arc<Watches>,
    pub(crate) settings: Arc<Settings>,
    sweeping: CancellationToken,
    /// The sweep and the watcher, which end when `sweeping` is cancelled.
    rounds: TaskTracker,
    archive_after: Duration,
}

impl Deref for Engine {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Engine {
    /// Starts the sweeper and takes up the sessions that an earlier server left running.
    pub async fn start(parts: Parts) -> Result<Self, Error> {
        let settings = Arc::new(parts.settings);
        // An interval of nothing would never end.
        let archive_after = settings.archive_after.max(Duration::from_millis(100));
        if let Err(error) = parts.archive.clear_gone(&settings.sessions_dir()).await {
            tracing::warn!(%error, "could not clear what an earlier server left");
        }
        let providers = Providers::load(parts.store.clone(), Arc::new(parts.vault), &settings).await?;
        let providers = Arc::new(providers);
        let list = ListHub::new();
        let workplace = Workplace::new(
            parts.store.clone(),
            Arc::clone(&parts.agent),
            parts.git.clone(),
            parts.archive,
            Arc::clone(&parts.sources),
            Arc::clone(&providers),
            Arc::clone(&settings),
            list.clone(),
        );
        let shared = Shared {
            models: Arc::new(Models::new(
                parts.store.clone(),
                parts.agent,
                Arc::clone(&providers),
                Arc::clone(&settings),
            )),
            providers,
            store: parts.store,
            git: parts.git,
            mirrors: Arc::clone(&workplace.mirrors),
            access: Access::new(Arc::clone(&parts.sources), settings.access),
            sources: parts.sources,
            registry: Registry::new(workplace.clone(), parts.workers),
            list,
            watches: Arc::default(),
            settings,
            sweeping: CancellationToken::new(),
            rounds: TaskTracker::new(),
            archive_after,
        };
        let engine = Self { shared: Arc::new(shared), asked_from: None };
        engine.registry.resume().await?;
        engine.rounds.spawn(Watcher::new(engine.registry.clone(), workplace).run(engine.sweeping.clone()));
        engine.rounds.spawn(engine.sweeping.clone().run_until_cancelled_owned(engine.clone().sweep()));
        engine.rounds.close();
        let warming = Arc::clone(&engine.models);
        tokio::spawn(async move {
            if let Err(error) = warming.list().await {
                tracing::warn!(%error, "the list of models is not known yet");
            }
        });
        Ok(engine)
    }

    /// Ends every supervisor; what happens to running turns is for `on_exit` to say.
    pub async fn shut_down(&self, on_exit: OnExit) {
        self.sweeping.cancel();
        // A round that runs is given up, and gone before the store closes.
        tokio::join!(self.rounds.wait(), self.registry.shut_down(on_exit), self.models.shut_down());
        self.settings.limits.held.tidy(&HashSet::new());
    }

    /// Whether the store answers and the agent can be started.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.store.check().await?)
    }

    /// The local user, made on first use. Whether local mode is allowed is the server's question.
    pub async fn sign_in_locally(&self) -> Result<Person, Error> {
        let id = UserId::new(LOCAL_USER);
        self.remember(Some(&id), Deed::SignedIn, "local").await?;
        Ok(self.store.ensure_user(&id, "You", clock::now()).await?)
    }

    pub async fn person(&self, id: &UserId) -> Result<Option<Person>, Error> {
        Ok(self.store.user(id).await?)
    }

    /// All of them, most recent first.
    pub async fn repositories(&self, who: &Person) -> Result<Vec<RepositoryInfo>, Error> {
        Ok(self.sources.list(who, false).await?.repositories.to_vec())
    }

    /// The default branch first. Who asks for them is about to begin a session: its repository is fetched meanwhile.
    pub async fn branches(&self, who: &Person, id: &RepositoryId) -> Result<Vec<Branch>, Error> {
        let origin = self.sources.find(who, id).await?.ok_or_else(|| no_such_repository(id))?;
        let branches = self.git.branches(&origin.source).await?;
        let mirrors = Arc::clone(&self.mirrors);
        tokio::spawn(async move {
            // The session's own start says what is wrong.
            if let Err(error) = mirrors.refresh(&origin).await {
                tracing::debug!(%error, "could not fetch ahead");
            }
        });
        Ok(branches)
    }

    pub async fn models(&self) -> Result<Vec<ModelInfo>, Error> {
        self.models.list().await
    }

    pub async fn default_model(&self) -> Option<ModelRef> {
        self.models.default().await
    }

    async fn sweep(self) {
        let mut ticks = tokio::time::interval(SWEEP);
        let mut rests = tokio::time::interval(LONGEST_WITHOUT_LOOK.min(self.archive_after));
        loop {
            tokio::select! {
                _ = rests.tick() => {
                    self.archive_resting().await;
                    self.mirrors.remove_unused().await;
                }
                _ = ticks.tick() => {}
            }
            match self.store.sessions_with_pending_commands().await {
                Ok(ids) => ids.iter().for_each(|id| self.registry.hint(id)),
                Err(error) => tracing::error!(%error, "could not look for commands"),
            }
            self.registry.renew_leases().await;
        }
    }

    /// Asks for the archive what nobody has touched for long, as a person would; the same rest asks once.
    async fn archive_resting(&self) {
        let resting = match self.store.sessions_to_archive(clock::now(), self.archive_after).await {
            Ok(resting) => resting,
            Err(error) => return tracing::error!(%error, "could not look for sessions to archive"),
        };
        for (id, active_at) in resting {
            let slipway = Author { id: UserId::new("slipway"), name: "Slipway".into() };
            let asked = CommandId::new(format!("rested-since-{active_at}"));
            let submitted = SubmittedCommand { id: asked, command: Command::Archive };
            let entry = self.entry(None, Deed::ArchivedSession, id.as_str());
            match self.store.insert_command(&id, &slipway, &submitted, Some(entry), clock::now()).await {
                Ok(_) => self.registry.hint(&id),
                Err(error) => tracing::error!(session.id = %id, %error, "could not archive a session"),
            }
        }
    }
}

pub(crate) fn no_such_repository(id: &RepositoryId) -> Error {
    Error::new(
        slipway_protocol::ErrorKind::NotFound,
        format!("There is no repository “{id}” here, or you may not read it."),
    )
}
