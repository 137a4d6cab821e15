//! Builds all parts, in one place.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use leptos::prelude::LeptosOptions;
use slipway_agent::{Agent, opencode::OpenCode};
use slipway_engine::{
    Accounts, Archive, Engine, GitHubRepositories, LocalRepositories, Parts, Registration, Repositories,
    Settings, Surroundings, kept_registration,
};
use slipway_git::Git;
use slipway_sandbox::{Limits, Sandbox};
use slipway_store::Store;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assets::Site,
    auth::WebSessions,
    config::{Agents, Config, Origin, Unusable, vault},
    live::Seats,
    rate::Rates,
    router,
    setup::Desk,
    state::{AppState, Shared},
    workers::Workers,
};

const NOBODY_SIGNS_IN: &str = "Others can reach this address (SLIPWAY_BIND, SLIPWAY_PUBLIC_URL), and there is no way to sign in. \
     Name the app at GitHub in SLIPWAY_GITHUB_CLIENT_ID and _CLIENT_SECRET and who may sign in in SLIPWAY_ALLOW, or start once on this \
     machine's own address and set it up in the browser.";

/// A server that is ready to take requests.
pub struct Server {
    pub(crate) state: AppState,
    pub(crate) store: Store,
    /// How long the audit remembers.
    pub(crate) audit_keep: Duration,
    /// Held for as long as it serves.
    _workers: Workers,
}

impl Server {
    /// Every method and address that is answered, such as `GET /sessions/{id}`.
    pub fn addresses(&self) -> Vec<String> {
        router::addresses(self.state.engine.clone())
    }

    /// Opens the store, starts the engine (which takes up what an earlier server left running), and finds the site.
    pub async fn start(config: &Config, listening: SocketAddr) -> Result<Self, Unusable> {
        config.data.prepare()?;
        config.archive.prepare()?;
        let store = open_store(config).await?;
        let held = Limits::find(&config.data.folder.join("sessions"), config.sessions.most);
        tracing::info!("limits of a session: {held}");
        let sandbox = Arc::new(sandbox(config, &held).await?);
        let agent: Arc<dyn Agent> = Arc::new(agent(config, &sandbox));
        let git = Git::new(Arc::clone(&sandbox), "git".into());
        let sample = config.data.folder.join("samples/tide");
        let origin = config.web.origin(listening);
        let surroundings = Surroundings {
            addresses: config.addresses(),
            callback: format!("{origin}/auth/github/callback"),
        };
        let app = registration(config, &store).await?;
        if app.is_none() && config.web.is_public() {
            return Err(Unusable(NOBODY_SIGNS_IN.into()));
        }
        let accounts = app.map(|app| accounts(config, &surroundings, &store, &app)).transpose()?;
        let local = LocalRepositories::new(git.clone(), config.repositories.clone(), sample);
        let github = accounts.clone().map(GitHubRepositories::new);
        let sources = Arc::new(Repositories::new(local, github));
        let desk = accounts.is_none().then(|| {
            let (key, data) = (config.secret_key.clone(), config.data.folder.clone());
            let desk = Desk::new(store.clone(), key, data, surroundings, Arc::clone(&sources));
            show_the_way(&origin, &desk, config.web.local);
            Arc::new(desk)
        });
        let agent_problem = agent_problem(&config.agents);
        let archive = Archive::in_folder(&config.archive.folder, Arc::clone(&sandbox), git.clone());
        let archive = archive.map_err(|error| Unusable(error.sentence))?;
        let settings = settings(config, held)?;
        let vault = vault(config.secret_key.as_deref(), &config.data.folder)?;
        let workers = Workers::start().map_err(|error| {
            Unusable(format!("The threads of the sessions could not be started: {error}."))
        })?;
        let parts = Parts {
            store: store.clone(),
            agent,
            git,
            archive,
            sources,
            settings,
            vault,
            workers: workers.handle(),
        };
        let engine = Engine::start(parts).await.map_err(|error| Unusable(error.sentence))?;
        let web_sessions = WebSessions::new(store.clone());
        if let Err(error) = web_sessions.delete_expired().await {
            tracing::warn!(%error, "could not clear old sign-ins");
        }
        let site = Site::find(config.site.as_deref());
        if let Some(problem) = &agent_problem {
            tracing::warn!("{problem}");
        }
        let state = AppState::from(Shared {
            engine,
            accounts: Arc::new(accounts.map_or_else(OnceLock::new, OnceLock::from)),
            desk,
            origin: Arc::new(origin),
            local: config.web.local,
            host_mode: config.walls.is_host(),
            web_sessions,
            assets: site.assets().await,
            site,
            options: LeptosOptions::builder().output_name("app").site_addr(listening).build(),
            agent_problem: agent_problem.map(Into::into),
            proxies: Arc::new(config.proxies.clone()),
            rates: Arc::new(Rates::new(&config.limits)),
            seats: Seats::new(config.limits.sockets_per_person),
            sockets: TaskTracker::new(),
            sign_outs: watch::Sender::new(0),
            reports: Arc::default(),
            started: Instant::now(),
            closing: CancellationToken::new(),
        });
        Ok(Self { state, store, audit_keep: config.audit_keep, _workers: workers })
    }
}

/// The app that the environment names, else the one that was set up in the browser.
async fn registration(config: &Config, store: &Store) -> Result<Option<Registration>, Unusable> {
    if let Some(github) = &config.github {
        return Ok(Some(Registration {
            client_id: github.client_id.clone(),
            client_secret: github.client_secret.clone(),
            allow: github.allow.to_string(),
        }));
    }
    let kept = kept_registration(store, &vault(config.secret_key.as_deref(), &config.data.folder)?).await;
    kept.map_err(|error| Unusable(error.sentence))
}

fn accounts(
    config: &Config,
    surroundings: &Surroundings,
    store: &Store,
    app: &Registration,
) -> Result<Arc<Accounts>, Unusable> {
    let vault = vault(config.secret_key.as_deref(), &config.data.folder)?;
    let accounts = surroundings.accounts(store.clone(), vault, app);
    accounts.map(Arc::new).map_err(|error| Unusable(error.sentence))
}

/// A line for whoever reads the log: the way to the first set-up.
fn show_the_way(origin: &Origin, desk: &Desk, local: bool) {
    let link = format!("{origin}{}", desk.path());
    if local {
        tracing::info!("to let people sign in with GitHub, open {link}");
    } else {
        tracing::warn!("nobody can sign in yet: set up GitHub at {link}");
    }
}

async fn open_store(config: &Config) -> Result<Store, Unusable> {
    Store::open(&config.data.database_url)
        .await
        .map_err(|error| Unusable(format!("The database cannot be used: {error}.")))
}

/// Where agents will run. Walls that do not hold are no walls.
async fn sandbox(config: &Config, held: &Limits) -> Result<Sandbox, Unusable> {
    let sandbox = Sandbox::new(keeper(&config.agents)?, config.walls.isolation()).within(held.clone());
    sandbox.self_test(&config.data.folder).await.map_err(|error| {
        Unusable(format!(
            "{error} For yourself alone on this machine you can do without: SLIPWAY_SANDBOX=host lets agents do whatever you can do."
        ))
    })?;
    Ok(sandbox)
}

/// Without it no agent runs and no checkout is made, so nothing works.
fn keeper(agents: &Agents) -> Result<std::path::PathBuf, Unusable> {
    let keeper = agents.keeper.clone().filter(|path| crate::config::is_program(path));
    keeper.ok_or_else(|| {
        Unusable(
            "The program slipway-keeper is missing. Put it beside slipway, or name it in SLIPWAY_KEEPER."
                .into(),
        )
    })
}

/// Pages work without an agent, and say so.
pub(crate) fn agent_problem(agents: &Agents) -> Option<String> {
    match &agents.opencode {
        None => Some(
            "OpenCode is missing, so no agent can run. Install it (`cargo xtask run` fetches it, or see \
             https://opencode.ai) or name it in SLIPWAY_OPENCODE."
                .into(),
        ),
        Some(path) if !crate::config::is_program(path) => Some(format!(
            "SLIPWAY_OPENCODE is {}, which is not a program, so no agent can run.",
            path.display()
        )),
        Some(_) => None,
    }
}

fn agent(config: &Config, sandbox: &Arc<Sandbox>) -> OpenCode {
    let program = config.agents.opencode.clone().unwrap_or_else(|| "opencode".into());
    OpenCode::new(program, Arc::clone(sandbox), config.walls.path())
}

fn settings(config: &Config, held: Limits) -> Result<Settings, Unusable> {
    Ok(Settings {
        node: config.data.node()?,
        data_dir: config.data.folder.clone(),
        runtime_dir: config.data.runtime.clone(),
        providers: config.agents.providers.clone(),
        default_model: config.agents.default_model.clone(),
        permissions: config.agents.permissions,
        max_agents: config.agents.max_agents,
        idle_stop: config.agents.idle_stop,
        limits: config.sessions.limits(held),
        archive_after: config.archive.after,
        owners: config.owners.clone(),
        access: config.access,
        host_mode: config.walls.is_host(),
    })
}
