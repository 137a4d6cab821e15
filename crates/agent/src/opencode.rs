//! OpenCode, the first agent: <https://opencode.ai>, driven through its HTTP server.
//!
//! # Theory of operation
//!
//! ```text
//! supervisor -- Conversation --> keeper (a process of its own) -- HTTP, events --> opencode serve -- gateway --> models
//! ```
//!
//! * `launch` says how a keeper starts one OpenCode for one session: an environment and a home of its own, a password, its
//!   models behind the keeper's gateway (`config`). The real key is in the gateway's routes and nowhere the agent can look.
//! * `conversation` asks things of it (`calls`, with ids that `ids` makes) and hands out what it says.
//! * `translate` turns what it says (`wire`) into [`crate::AgentEvent`]s: a state machine without clock or I/O, tested on
//!   recordings of the real one. `tool`, `ask`, `failure`, `diff` and `output` put single things into words for people.
//!
//! What OpenCode does that one would not expect, and where it is met:
//!
//! | OpenCode | here |
//! |---|---|
//! | sends no text again that was missed, and stores none while it streams | the keeper records every event; deltas are passed on as they come |
//! | sends a command's whole output, or its end, with each update | `output` finds what is new |
//! | says idle twice when a turn is cut, first before the last updates | `Idle { settled: false }`, then `Idle { settled: true }` |
//! | may repeat an error, or say idle, after the next prompt was sent | nothing counts until that prompt's own message was seen |
//! | begins a cut answer anew and leaves the first attempt's text | a retry drops the words that did not end |
//! | tells of a context overflow and then mends it | told only if the turn ends unmended |
//! | forgets what it waits for when a turn is stopped | every open question closes with the turn |
//! | merges a prompt into the running turn | the supervisor sends one at a time |
//! | obeys rules of the agent in use; sub-agents have their own | `config` gives all of them rules: in Plan nothing writes |
//! | reads no AGENTS.md when a checkout's configuration is off | `config` names it |
//! | loads a checkout's plugins also when it is told to leave its configuration alone | walls cover the files (`launch`) |
//! | fetches a package into its home | `launch` makes it believe that it has it |

mod ask;
mod bound;
mod calls;
mod config;
mod conversation;
mod diff;
mod failure;
mod heard;
mod ids;
mod jsonc;
mod launch;
mod models;
mod output;
mod survey;
mod tool;
mod translate;
#[cfg(test)]
mod translate_tests;
mod wire;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use slipway_protocol::{FoundConfiguration, ModelInfo};
use slipway_sandbox::{Keeper, Reach, Sandbox};
use tokio::{process::Command, time::timeout};

use crate::{
    Agent, AgentError, AgentEvent, Brought, Conversation, LaunchRequest, Permissions, Provider, Resume,
};
use calls::{Calls, sandbox_error};
use conversation::OpenCodeConversation;

/// The version all of this was tried on.
pub const TESTED_VERSION: &str = "1.18.33";

/// How long OpenCode may take to say its version, and to get ready to be asked for its models.
const VERSION_LIMIT: Duration = Duration::from_secs(20);
const MODELS_LIMIT: Duration = Duration::from_mins(1);

/// How long an agent without a server lives on, if it has nothing to do; and one that was only asked something.
const LONELY: Duration = Duration::from_mins(15);
const LONELY_WHEN_ASKED: Duration = Duration::from_secs(20);

/// OpenCode, installed at a path.
#[derive(Clone, Debug)]
pub struct OpenCode {
    program: PathBuf,
    sandbox: Arc<Sandbox>,
    path: String,
}

impl OpenCode {
    /// `path` is the PATH of the agent and its commands: it must lead to git, bash and rg.
    pub fn new(program: PathBuf, sandbox: Arc<Sandbox>, path: String) -> Self {
        Self { program, sandbox, path }
    }

    async fn start(&self, request: &LaunchRequest, lonely: Duration) -> Result<Keeper, AgentError> {
        if !self.program.is_file() {
            return Err(not_installed(&self.program));
        }
        let spec = launch::spec(request, &self.program, &self.path, lonely)?;
        let view = launch::view(request, &self.program);
        self.sandbox.start(&request.runtime, request.generation, &spec, &view).await.map_err(sandbox_error)
    }

    async fn ask_for_models(&self, request: &LaunchRequest) -> Result<Vec<ModelInfo>, AgentError> {
        std::fs::create_dir_all(&request.checkout).map_err(|error| {
            AgentError::Unreachable(format!(
                "The folder {} cannot be made: {error}.",
                request.checkout.display()
            ))
        })?;
        self.prepare(&request.home).await?;
        let keeper = self.start(request, LONELY_WHEN_ASKED).await?;
        let calls = Calls::new(keeper.caller(), &request.checkout);
        let mut conversation = OpenCodeConversation::new(keeper, request, None, 0);
        let ready = timeout(MODELS_LIMIT, until_ready(&mut conversation)).await;
        let answer = match ready.unwrap_or_else(|_| Err("The agent did not get ready in time.".into())) {
            Ok(()) => calls.providers().await,
            Err(sentence) => Err(AgentError::Unreachable(sentence)),
        };
        Box::new(conversation).close().await?;
        models::choice(answer?, &request.providers)
    }
}

#[async_trait]
impl Agent for OpenCode {
    fn name(&self) -> String {
        format!("OpenCode {TESTED_VERSION}")
    }

    fn configuration_names(&self) -> &'static [&'static str] {
        &survey::NAMES
    }

    async fn survey(&self, checkout: &Path) -> Result<Vec<FoundConfiguration>, AgentError> {
        survey::survey(&self.sandbox, checkout).await
    }

    async fn prepare(&self, home: &Path) -> Result<(), AgentError> {
        launch::prepare(&self.sandbox, home).await
    }

    async fn launch(&self, request: LaunchRequest) -> Result<Box<dyn Conversation>, AgentError> {
        let keeper = self.start(&request, LONELY).await?;
        Ok(Box::new(OpenCodeConversation::new(keeper, &request, None, 0)))
    }

    async fn adopt(
        &self,
        request: LaunchRequest,
        resume: Resume,
    ) -> Result<Option<Box<dyn Conversation>>, AgentError> {
        let Resume { boot, seq, agent_session } = resume;
        let found =
            self.sandbox.adopt(&request.runtime, request.generation, seq, &boot, request.reach.clone()).await;
        let Some(keeper) = found.map_err(sandbox_error)? else { return Ok(None) };
        let mut conversation = OpenCodeConversation::new(keeper, &request, agent_session, seq);
        if let Err(error) = conversation.learn().await {
            tracing::warn!(%error, "a conversation that was taken over does not tell its past");
        }
        Ok(Some(Box::new(conversation)))
    }

    async fn clear(&self, runtime: &Path, generation: u64) -> Result<(), AgentError> {
        self.sandbox.clear(runtime, generation).await.map_err(sandbox_error)
    }

    async fn models(&self, providers: &[Provider], scratch: PathBuf) -> Result<Vec<ModelInfo>, AgentError> {
        let request = LaunchRequest {
            generation: 1,
            checkout: scratch.join("checkout"),
            mirror: None,
            home: scratch.join("home"),
            runtime: scratch.clone(),
            providers: providers.to_vec(),
            allowed: Vec::new(),
            reach: Reach::default(),
            permissions: Permissions::Ask,
            brought: Brought::Off { hidden: Vec::new() },
        };
        let opencode = self.clone();
        // A caller may lose patience; the throw-away agent is ended all the same.
        let asked = tokio::spawn(async move {
            let models = opencode.ask_for_models(&request).await;
            opencode.clear(&scratch, request.generation).await?;
            models
        });
        asked.await.unwrap_or_else(|error| Err(AgentError::Unreachable(error.to_string())))
    }
}

async fn until_ready(conversation: &mut OpenCodeConversation) -> Result<(), String> {
    while let Some(numbered) = conversation.next().await {
        for event in numbered.events {
            match event {
                AgentEvent::Ready => return Ok(()),
                AgentEvent::Exited { sentence } => return Err(sentence),
                _ => {}
            }
        }
    }
    Err("The agent's keeper is gone.".into())
}

/// The version of the OpenCode at `program`. Says what to do where there is none, or one that was never tested.
pub async fn check(program: &Path) -> Result<String, AgentError> {
    let home = std::env::temp_dir().join(format!("slipway-check-{}", std::process::id()));
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .envs(
            ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
                .map(|name| (name, &home)),
        )
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(VERSION_LIMIT, output).await;
    let _ = std::fs::remove_dir_all(&home);
    let said = match output {
        Ok(Ok(output)) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        Ok(Ok(_) | Err(_)) | Err(_) => return Err(not_installed(program)),
    };
    if said == TESTED_VERSION {
        return Ok(said);
    }
    Err(AgentError::WrongVersion(format!(
        "OpenCode at {} is version {said}; Slipway was tested with {TESTED_VERSION}. Install that one: \
         npm install --global opencode-ai@{TESTED_VERSION}.",
        program.display()
    )))
}

fn not_installed(program: &Path) -> AgentError {
    AgentError::NotInstalled(format!(
        "OpenCode is not at {}, or does not run. Install it with `npm install --global opencode-ai@{TESTED_VERSION}`, \
         or set SLIPWAY_OPENCODE to where it is.",
        program.display()
    ))
}
