//! What a repository brings along for the agent besides its files and its AGENTS.md, and whether the agent gets it.

use serde::{Deserialize, Serialize};

/// As it was found when the agent was started last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Not everything, where there is much of it. Empty: the repository brings none.
    pub found: Vec<FoundConfiguration>,
    /// The agent was started with it.
    pub in_force: bool,
}

/// One thing of it, by kind and name only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundConfiguration {
    pub kind: ConfigurationKind,
    pub name: String,
}

/// What runs comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigurationKind {
    Plugin,
    McpServer,
    Tool,
    Agent,
    Command,
    Skill,
    Setting,
}

impl ConfigurationKind {
    /// What people read before the name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Plugin => "Plugin",
            Self::McpServer => "MCP server",
            Self::Tool => "Tool",
            Self::Agent => "Agent",
            Self::Command => "Command",
            Self::Skill => "Skill",
            Self::Setting => "Setting",
        }
    }
}
