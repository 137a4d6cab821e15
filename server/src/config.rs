//! What the settings mean on this machine: one struct per concern, checked before anything starts.

mod agents;
mod archive;
mod data;
mod egress;
mod github;
mod keys;
mod limits;
mod providers;
mod proxies;
mod sandbox;
mod sessions;
mod web;

use std::{path::PathBuf, time::Duration};

pub use agents::Agents;
pub(crate) use agents::{is_program, on_path};
pub use archive::Archive;
pub use data::Data;
pub use github::GitHub;
pub use keys::{add_key, drop_old_keys, vault};
pub use limits::Limits;
pub use providers::providers;
pub use proxies::Proxies;
pub use sandbox::Walls;
pub use sessions::Sessions;
pub use web::{Origin, Web};

use slipway_engine::AccessTimes;
use slipway_github::Addresses;

use crate::cli::{OnExit, Settings};

/// Why the server cannot start: one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// Tests build it as a literal.
#[derive(Clone)]
pub struct Config {
    pub web: Web,
    pub data: Data,
    pub agents: Agents,
    pub walls: Walls,
    pub archive: Archive,
    pub limits: Limits,
    pub sessions: Sessions,
    /// `SLIPWAY_TRUSTED_PROXIES`
    pub proxies: Proxies,
    /// `SLIPWAY_AUDIT_KEEP`
    pub audit_keep: Duration,
    /// None: nobody signs in with GitHub.
    pub github: Option<GitHub>,
    /// Where GitHub is, for an app that is set up in the browser.
    pub github_at: Addresses,
    /// `SLIPWAY_OWNER`
    pub owners: Vec<String>,
    /// How long GitHub's word on who may read what holds; the usual times, unless a test is in a hurry.
    pub access: AccessTimes,
    /// `SLIPWAY_SECRET_KEY`
    pub secret_key: Option<String>,
    /// `SLIPWAY_REPOS`
    pub repositories: Option<PathBuf>,
    /// `SLIPWAY_SITE`
    pub site: Option<PathBuf>,
    /// `SLIPWAY_ON_EXIT`
    pub on_exit: Option<OnExit>,
}

impl Config {
    /// Where GitHub is.
    pub(crate) fn addresses(&self) -> Addresses {
        self.github.as_ref().map_or_else(|| self.github_at.clone(), |github| github.addresses.clone())
    }

    /// Reads the settings, and the providers' keys from the environment.
    pub fn new(settings: &Settings) -> Result<Self, Unusable> {
        let repositories = absolute(settings.repos.as_ref())?;
        if let Some(folder) = repositories.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(Unusable(format!("SLIPWAY_REPOS is {}, which is not a folder.", folder.display())));
        }
        let (data, walls) = (Data::new(settings)?, Walls::new(settings)?);
        Ok(Self {
            web: Web::new(settings, &walls)?,
            archive: Archive::new(settings, &data.folder)?,
            limits: Limits::new(settings),
            sessions: Sessions::new(&settings.limits, agents::memory()),
            proxies: Proxies::parse(settings.trusted_proxies.as_deref().unwrap_or_default())?,
            audit_keep: settings.audit_keep,
            github: GitHub::new(settings)?,
            github_at: github::addresses(settings),
            owners: github::logins(settings.owner.as_deref().unwrap_or_default()),
            access: AccessTimes::default(),
            secret_key: settings.secret_key.clone(),
            data,
            agents: Agents::new(settings, &walls)?,
            walls,
            repositories,
            site: absolute(settings.site.as_ref())?,
            on_exit: settings.on_exit,
        })
    }
}

/// Relative to where the server was started, once and for all.
pub(crate) fn absolute(path: Option<&PathBuf>) -> Result<Option<PathBuf>, Unusable> {
    let Some(path) = path.filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
    let found = std::path::absolute(path);
    found.map(Some).map_err(|error| Unusable(format!("{} is no path: {error}.", path.display())))
}
