//! Builds all parts, in one place.

use std::{net::SocketAddr, sync::Arc};

use leptos::prelude::LeptosOptions;
use slipway_agent::{Agent, opencode::OpenCode};
use slipway_engine::{
    Accounts, Archive, Engine, GitHubRepositories, LocalRepositories, Parts, Repositories, Settings,
};
use slipway_git::Git;
use slipway_github::{App, SignIn};
use slipway_sandbox::{Isolation, Sandbox};
use slipway_store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assets::Site,
    auth::WebSessions,
    config::{Agents, Config, Origin, Unusable, vault},
    state::AppState,
};

/// A server that is ready to take requests.
pub struct Server {
    pub(crate) state: AppState,
    pub(crate) store: Store,
}

impl Server {
    /// Opens the store, starts the engine (which takes up what an earlier server left running), and finds the site.
    pub async fn start(config: &Config, listening: SocketAddr) -> Result<Self, Unusable> {
        config.data.prepare()?;
        config.archive.prepare()?;
        let store = open_store(config).await?;
        let sandbox = Arc::new(Sandbox::new(keeper(&config.agents)?, Isolation::Host));
        let agent: Arc<dyn Agent> = Arc::new(agent(config, &sandbox));
        let git = Git::new(Arc::clone(&sandbox), "git".into());
        let sample = config.data.folder.join("samples/tide");
        let accounts = accounts(config, &config.web.origin(listening), &store)?;
        let local = LocalRepositories::new(git.clone(), config.repositories.clone(), sample);
        let github = accounts.clone().map(GitHubRepositories::new);
        let sources = Arc::new(Repositories { local, github });
        let agent_problem = agent_problem(&config.agents);
        let archive = Archive::in_folder(&config.archive.folder, Arc::clone(&sandbox), git.clone());
        let archive = archive.map_err(|error| Unusable(error.sentence))?;
        let settings = settings(config)?;
        let parts = Parts { store: store.clone(), agent, git, archive, sources, settings };
        let engine = Engine::start(parts).await.map_err(|error| Unusable(error.sentence))?;
        let web_sessions = WebSessions::new(store.clone());
        if let Err(error) = web_sessions.delete_expired().await {
            tracing::warn!(%error, "could not clear old sign-ins");
        }
        let site = Site::find(config.site.as_deref());
        if let Some(problem) = &agent_problem {
            tracing::warn!("{problem}");
        }
        let origin = config.web.origin(listening);
        let state = AppState {
            engine,
            accounts,
            origin: Arc::new(origin),
            local: config.web.local,
            web_sessions,
            site,
            options: LeptosOptions::builder().output_name("app").site_addr(listening).build(),
            agent_problem: agent_problem.map(Into::into),
            sockets: TaskTracker::new(),
            closing: CancellationToken::new(),
        };
        Ok(Self { state, store })
    }
}

fn accounts(config: &Config, origin: &Origin, store: &Store) -> Result<Option<Arc<Accounts>>, Unusable> {
    let Some(github) = &config.github else { return Ok(None) };
    let vault = vault(config.secret_key.as_deref(), &config.data.folder)?;
    let scopes = ["repo"].into_iter().chain(github.allow.scope());
    let app = App {
        client_id: github.client_id.clone(),
        client_secret: github.client_secret.clone(),
        callback: format!("{origin}/auth/github/callback"),
        scopes: scopes.map(str::to_owned).collect(),
    };
    let sign_in = SignIn::new(&github.addresses, app).map_err(Unusable)?;
    let (addresses, allow) = (github.addresses.clone(), github.allow.clone());
    Ok(Some(Arc::new(Accounts::new(store.clone(), vault, addresses, sign_in, allow))))
}

async fn open_store(config: &Config) -> Result<Store, Unusable> {
    Store::open(&config.data.database_url)
        .await
        .map_err(|error| Unusable(format!("The database cannot be used: {error}.")))
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
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into());
    OpenCode::new(program, Arc::clone(sandbox), path)
}

fn settings(config: &Config) -> Result<Settings, Unusable> {
    Ok(Settings {
        node: config.data.node()?,
        data_dir: config.data.folder.clone(),
        runtime_dir: config.data.runtime.clone(),
        providers: config.agents.providers.clone(),
        default_model: config.agents.default_model.clone(),
        permissions: config.agents.permissions,
        max_agents: config.agents.max_agents,
        idle_stop: config.agents.idle_stop,
        archive_after: config.archive.after,
        host_mode: true,
    })
}
