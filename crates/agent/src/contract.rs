//! The verbs of an agent: launch; prompt, stop, answer, close; and a stream of events.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use slipway_protocol::{AllowedAct, Answer, FoundConfiguration, Mode, ModelInfo, ModelRef};
use slipway_sandbox::Reach;
use thiserror::Error;

use crate::event::{AgentEvent, Numbered};

/// A kind of agent, able to start conversations.
#[async_trait]
pub trait Agent: Send + Sync {
    /// Name and version for people and for the doctor, such as "OpenCode 1.18.33".
    fn name(&self) -> String;

    /// The names at the top of a checkout under which it brings configuration of its own for this agent.
    fn configuration_names(&self) -> &'static [&'static str];

    /// What a checkout brings under these names. Nothing of it is run.
    async fn survey(&self, checkout: &Path) -> Result<Vec<FoundConfiguration>, AgentError>;

    /// Makes a home ready for the agent; comes before each launch in it.
    async fn prepare(&self, home: &Path) -> Result<(), AgentError>;

    /// Starts the agent under a keeper of its own. Returns as soon as the keeper answers; the agent's own readiness
    /// arrives as [`AgentEvent::Ready`], a start that failed as [`AgentEvent::Exited`].
    async fn launch(&self, request: LaunchRequest) -> Result<Box<dyn Conversation>, AgentError>;

    /// Finds the keeper that an earlier server left behind; none where there is none.
    async fn adopt(
        &self,
        request: LaunchRequest,
        resume: Resume,
    ) -> Result<Option<Box<dyn Conversation>>, AgentError>;

    /// Makes sure that nothing is left of a session's agent, and removes its runtime folder. Refused where a higher generation
    /// owns it.
    async fn clear(&self, runtime: &Path, generation: u64) -> Result<(), AgentError>;

    /// The models that can be chosen with these providers: asks a throw-away agent in `scratch`. Never returns a key.
    async fn models(&self, providers: &[Provider], scratch: PathBuf) -> Result<Vec<ModelInfo>, AgentError>;
}

/// An agent at work on one session.
#[async_trait]
pub trait Conversation: Send {
    /// Which run of the keeper this is; event numbers count within it.
    fn boot(&self) -> &str;

    /// The next events, in order. None: the keeper is gone.
    async fn next(&mut self) -> Option<Numbered>;

    /// The keeper held events when it was taken over that `next` has not given yet.
    fn is_behind(&self) -> bool;

    /// Everything up to `seq` is stored.
    fn acknowledge(&mut self, seq: u64);

    /// Opens the agent's own session once the agent is ready: makes one, or goes on with the one named. Returns its id.
    async fn open(&mut self, agent_session: Option<&str>, title: &str) -> Result<String, AgentError>;

    /// Chooses the ids under which a prompt will be sent, above all that the agent knows. Store them, then `prompt`.
    fn mint(&mut self) -> Delivery;

    /// Sends a prompt. The same delivery again changes nothing.
    async fn prompt(&mut self, delivery: &Delivery, prompt: Outgoing) -> Result<(), AgentError>;

    /// What became of a delivery: asked after a crash.
    async fn knows(&mut self, delivery: &Delivery) -> Result<bool, AgentError>;

    /// Has the conversation so far put into a summary, with which the agent goes on. A turn like another: it ends with `Idle`.
    async fn compact(&mut self, delivery: &Delivery, model: ModelRef) -> Result<(), AgentError>;

    /// Whether that was begun since the delivery was minted: asked after a crash.
    async fn has_begun_to_compact(&mut self, delivery: &Delivery) -> Result<bool, AgentError>;

    /// Ends the turn; text so far stays. Ends with `Idle`.
    async fn stop(&mut self) -> Result<(), AgentError>;

    /// False: the agent no longer waits for it.
    async fn answer(&mut self, key: &str, answer: &Answer) -> Result<bool, AgentError>;

    /// From now on the session says this to which machines its agent may reach.
    fn set_reach(&mut self, reach: Reach);

    /// What is true now, after events were lost: parts, requests, tasks, busy or idle.
    async fn reconcile(&mut self) -> Result<Vec<AgentEvent>, AgentError>;

    /// Stops agent and keeper, gracefully first; returns when both are gone.
    async fn close(self: Box<Self>) -> Result<(), AgentError>;

    /// Lets go of the keeper, which goes on by itself until somebody adopts it.
    fn leave(self: Box<Self>);
}

/// What an agent needs to run for a session.
#[derive(Clone, Debug)]
pub struct LaunchRequest {
    /// Which run of the supervisor asks; lower ones are refused.
    pub generation: u64,
    /// The session's checkout: the agent's working folder.
    pub checkout: PathBuf,
    /// What the checkout borrows objects from.
    pub mirror: Option<PathBuf>,
    /// Short path for sockets and scratch; gone with the agent.
    pub runtime: PathBuf,
    /// The agent's own store, kept while the session lives.
    pub home: PathBuf,
    pub providers: Vec<Provider>,
    pub permissions: Permissions,
    /// What needs no asking in this session, whatever `permissions` says.
    pub allowed: Vec<AllowedAct>,
    /// What the session says to which machines its agent may reach.
    pub reach: Reach,
    pub brought: Brought,
}

/// What becomes of the configuration that the checkout brings for the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The agent follows it, and runs what it names.
    InForce,
    /// The agent is told to leave it alone, and walls cover these plain files and folders of it, by their names at the top.
    Off { hidden: Vec<String> },
}

/// Where an earlier server stopped reading.
#[derive(Clone, Debug)]
pub struct Resume {
    pub boot: String,
    pub seq: u64,
    pub agent_session: Option<String>,
}

/// The ids of a prompt at the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub message: String,
    pub part: String,
}

#[derive(Clone, Debug)]
pub struct Outgoing {
    pub text: String,
    /// What the agent must know besides, and the person did not write.
    pub note: Option<String>,
    /// What the person gave to it besides.
    pub files: Vec<GivenFile>,
    pub mode: Mode,
    pub model: Option<ModelRef>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct GivenFile {
    pub name: String,
    pub mime: String,
    pub content: Vec<u8>,
}

/// Shows nothing of what is in it.
impl std::fmt::Debug for GivenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenFile")
            .field("mime", &self.mime)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// What the Build agent must ask for. Plan never edits, whatever this says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permissions {
    /// Edits and commands ask.
    Ask,
    /// Only leaving the checkout asks.
    Auto,
}

/// A model provider as configured; `api_key` never reaches the agent.
#[derive(Clone)]
pub struct Provider {
    pub id: String,
    pub name: String,
    pub kind: ProviderKind,
    /// Where its API is; none for the kind's usual address.
    pub base_url: Option<String>,
    pub api_key: Option<String>,
    /// Those offered; empty: all the agent knows of this kind.
    pub models: Vec<ProviderModel>,
    /// For titles and summaries.
    pub small_model: Option<String>,
}

/// Never shows the key.
impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    OpenAiCompatible,
    OpenAi,
    Anthropic,
    OpenRouter,
}

#[derive(Clone, Debug)]
pub struct ProviderModel {
    pub id: String,
    pub name: String,
    pub context: u64,
    pub output: u64,
}

#[derive(Debug, Error)]
pub enum AgentError {
    /// The program is missing or cannot be run.
    #[error("{0}")]
    NotInstalled(String),
    /// It is there, but of a version that was never tested.
    #[error("{0}")]
    WrongVersion(String),
    /// It did not answer, or not in time.
    #[error("{0}")]
    Unreachable(String),
    /// It answered no.
    #[error("{0}")]
    Refused(String),
}
