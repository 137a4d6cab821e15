//! What a person begins a session with, unless they say otherwise; and what the installation has for all.

use serde::{Deserialize, Serialize};

use crate::{Mode, ModelRef};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub mode: Mode,
    /// None: the installation's default.
    pub model: Option<ModelRef>,
}

/// What the installation is made of, and how it is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Name and version, such as "OpenCode 1.18.33".
    pub agent: String,
    /// Edits and commands ask a person first.
    pub asks: bool,
    /// Seconds after which an idle session is archived.
    pub archive_after: u64,
    /// Seconds after which an idle agent is stopped.
    pub idle_stop: u64,
    pub max_agents: usize,
}
