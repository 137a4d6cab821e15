//! What the engine needs to know of the installation.

use std::{path::PathBuf, time::Duration};

use slipway_agent::{Permissions, Provider};
use slipway_protocol::{ModelRef, SessionId};

use crate::{AccessTimes, Limits};

#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose leases these are. The same after a restart, so that a server that comes back has its sessions at once, and different
    /// for each server on one database.
    pub node: String,
    /// Everything that is kept.
    pub data_dir: PathBuf,
    /// Sockets and scratch; a short path, gone with the machine.
    pub runtime_dir: PathBuf,
    pub providers: Vec<Provider>,
    pub default_model: Option<ModelRef>,
    pub permissions: Permissions,
    /// Agent processes at once; at least 1.
    pub max_agents: usize,
    /// An agent that was idle for so long is stopped.
    pub idle_stop: Duration,
    /// What one session, and one person, may take.
    pub limits: Limits,
    /// A session that was not used for so long is archived.
    pub archive_after: Duration,
    /// Logins of those who own the installation; empty: the first who signed in.
    pub owners: Vec<String>,
    /// How old an answer to "may this person read that repository" may be.
    pub access: AccessTimes,
    /// Agents run without isolation.
    pub host_mode: bool,
}

impl Settings {
    /// Where a session's checkout and its agent's store live.
    pub(crate) fn session_dir(&self, id: &SessionId) -> PathBuf {
        self.sessions_dir().join(id.as_str())
    }

    pub(crate) fn checkout_dir(&self, id: &SessionId) -> PathBuf {
        self.session_dir(id).join("work")
    }

    pub(crate) fn agent_home(&self, id: &SessionId) -> PathBuf {
        self.session_dir(id).join("agent")
    }

    pub(crate) fn runtime_of(&self, id: &SessionId) -> PathBuf {
        self.runtime_dir.join(id.as_str())
    }

    pub(crate) fn sessions_dir(&self) -> PathBuf {
        self.data_dir.join("sessions")
    }

    pub(crate) fn mirrors_dir(&self) -> PathBuf {
        self.data_dir.join("mirrors")
    }
}
