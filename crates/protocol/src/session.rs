//! What is known of a session besides its conversation, and of the repositories it can start from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Configuration, Mode, ModelRef, Phase, Publishing, RepositoryId, SessionId, Task};

/// The session's own row: everything the header and the side panel show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionHead {
    pub id: SessionId,
    pub title: String,
    /// A person chose the title: the agent's own no longer replace it.
    pub titled_by_person: bool,
    pub repository: RepositoryId,
    /// The session's own branch, such as `slipway/fix-clock-7f3k`.
    pub branch: String,
    pub base_branch: String,
    /// Empty until the checkout was made.
    pub base_commit: String,
    pub mode: Mode,
    pub model: Option<ModelRef>,
    pub phase: Phase,
    /// What it does, asks, or said last, in one live sentence.
    pub activity: String,
    pub tasks: Vec<Task>,
    pub usage: Usage,
    pub changed_files: Vec<ChangedFile>,
    /// What a person has allowed for good in this session; agents are told at their start.
    pub allowed: Vec<AllowedAct>,
    /// What it lets its agent do besides, or not.
    #[serde(default)]
    pub rules: Rules,
    /// What the agent is told with the next prompt; empty: nothing.
    pub note_for_agent: String,
    /// What the repository brings along for the agent.
    #[serde(default)]
    pub configuration: Configuration,
    /// Why the phase is `Failed`, or will be again where the agent is merely woken.
    pub failure: Option<Failure>,
    /// What has left for GitHub.
    #[serde(default)]
    pub publishing: Publishing,
    /// Milliseconds since 1970.
    pub created_at: i64,
    pub active_at: i64,
    pub archived_at: Option<i64>,
    /// Bytes of the packed checkout in the archive; none while the checkout lies unpacked.
    pub packed_bytes: Option<u64>,
    /// Going or gone for good; followers close.
    pub deleted: bool,
}

/// An act that needs no more asking: its kind and a pattern, both in the agent's words, such as `bash` and `cargo *`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedAct {
    pub action: String,
    pub pattern: String,
}

/// What a session says to what the installation lets agents do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Edits and commands ask first, also where the installation would not ask.
    pub asks: bool,
    /// The agent reaches no machine but those of `also`.
    pub closed: bool,
    /// What a person has let the agent reach.
    pub also: Vec<Place>,
}

/// A machine that an agent wants to reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Place {
    /// It is one machine, and no pattern.
    pub fn is_plain(&self) -> bool {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | ':');
        (1..=253).contains(&self.host.len()) && self.host.chars().all(plain) && self.port != 0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened, what was kept, in plain words.
    pub sentence: String,
    /// "Retry" makes sense.
    pub can_retry: bool,
    /// A turn ended by it, and the next one would too: a person has to mend it first. Else it is why the agent did not start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocks: bool,
}

impl SessionHead {
    /// What only a person can mend. The queue waits until a person sends a message or tries again.
    pub fn blocked_by(&self) -> Option<&Failure> {
        self.failure.as_ref().filter(|failure| failure.blocks)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the conversation as the model last saw it.
    pub context_used: u64,
    /// Tokens that fit; 0 where unknown.
    pub context_limit: u64,
    /// All tokens so far, but those that the provider had kept from the request before.
    #[serde(default)]
    pub tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micros: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    pub path: String,
    pub added: u32,
    pub removed: u32,
}

/// A repository a person may pick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryInfo {
    pub id: RepositoryId,
    /// As people read it: `owner/name`.
    pub name: String,
    pub description: String,
    pub default_branch: String,
    /// Milliseconds since 1970 of its last commit or push.
    pub updated_at: i64,
    /// Only some people may read it.
    pub private: bool,
    /// Nothing can be pushed to it any more, so nobody begins to work on it.
    pub archived: bool,
}

/// Repositories that hold what was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryPage {
    /// The first of them.
    pub repositories: Vec<RepositoryInfo>,
    /// How many hold it.
    pub found: usize,
    /// How many there are at all.
    pub total: usize,
    /// As they were a while ago; they are being read again.
    pub stale: bool,
    /// Where a person lets Slipway see more of them; none: nowhere.
    pub more_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub name: String,
    pub commit: String,
}
