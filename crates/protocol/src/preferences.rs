//! What a person begins a session with, unless they say otherwise; and what the installation has for all.

use serde::{Deserialize, Serialize};

use crate::{Mode, ModelRef};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub mode: Mode,
    /// None: the installation's default.
    pub model: Option<ModelRef>,
    /// Edits and commands ask first, also where the installation would not ask.
    pub asks: bool,
    /// Agents reach no machine but those that are allowed in their session.
    pub closed: bool,
    /// Days after which a session that rests is archived, where that is sooner than the installation's; none: its own.
    pub archive_after_days: Option<u16>,
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
