//! What a session is doing, and how it may act.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether the agent acts at once or proposes and waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    #[default]
    Build,
    Plan,
}

impl Mode {
    pub fn label(self) -> &'static str {
        match self {
            Self::Build => "Build",
            Self::Plan => "Plan",
        }
    }

    /// The value in forms, columns and attributes.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Plan => "plan",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Build, Self::Plan].into_iter().find(|mode| mode.slug() == slug)
    }
}

/// The one word that says what happens in a session right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Idle,
    Starting,
    Planning,
    Exploring,
    Coding,
    Testing,
    Running,
    Writing,
    WaitingForYou,
    WaitingForAgent,
    Retrying,
    Stopping,
    #[default]
    Asleep,
    Failed,
}

impl Phase {
    pub const ALL: [Self; 14] = [
        Self::Idle,
        Self::Starting,
        Self::Planning,
        Self::Exploring,
        Self::Coding,
        Self::Testing,
        Self::Running,
        Self::Writing,
        Self::WaitingForYou,
        Self::WaitingForAgent,
        Self::Retrying,
        Self::Stopping,
        Self::Asleep,
        Self::Failed,
    ];

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Starting => "Starting",
            Self::Planning => "Planning",
            Self::Exploring => "Exploring",
            Self::Coding => "Coding",
            Self::Testing => "Testing",
            Self::Running => "Running",
            Self::Writing => "Writing",
            Self::WaitingForYou => "Waiting for you",
            Self::WaitingForAgent => "Waiting for agent",
            Self::Retrying => "Retrying",
            Self::Stopping => "Stopping",
            Self::Asleep => "Asleep",
            Self::Failed => "Failed",
        }
    }

    /// The value of `data-phase` and of the column.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Starting => "starting",
            Self::Planning => "planning",
            Self::Exploring => "exploring",
            Self::Coding => "coding",
            Self::Testing => "testing",
            Self::Running => "running",
            Self::Writing => "writing",
            Self::WaitingForYou => "waiting-for-you",
            Self::WaitingForAgent => "waiting-for-agent",
            Self::Retrying => "retrying",
            Self::Stopping => "stopping",
            Self::Asleep => "asleep",
            Self::Failed => "failed",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.slug() == slug)
    }

    /// Nothing goes on before a person has done something.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::WaitingForYou | Self::Failed)
    }

    /// A turn is under way: "Send" means "Queue", and "Stop" is offered.
    pub fn is_busy(self) -> bool {
        !matches!(self, Self::Idle | Self::Asleep | Self::Failed)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}
