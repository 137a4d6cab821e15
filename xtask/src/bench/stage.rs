//! What is measured: a release Slipway with an empty data folder, one repository, the scripted model, and either the real
//! OpenCode or the fake agent, which says as much as it is told and takes next to nothing itself.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::{
    command::{self, Build, output, program},
    opencode,
};

/// A child that ends with its owner.
pub(super) struct Served {
    child: Child,
    pub(super) address: String,
}

impl Served {
    /// Starts it and waits for the line on its output that ends with its address.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let spelled = command::spelled(command);
        let mut child =
            command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{spelled}`"))?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, address)) = line.split_once("listening on ") {
                let address = address.trim().to_owned();
                // Whatever it still says has to go somewhere.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, address });
            }
        }
        bail!("`{spelled}` ended before it was ready")
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // What a shell started in the background, and all below it, ignores SIGINT.
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).ok();
        command::wait_until(&mut self.child, Instant::now() + Duration::from_secs(15)).ok();
    }
}

/// Stages that this run has set.
static SET: AtomicU32 = AtomicU32::new(0);

/// Who works in the sessions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Agent {
    OpenCode,
    Fake,
}

impl Agent {
    pub(super) fn program(self) -> Result<PathBuf> {
        match self {
            Self::OpenCode => opencode::opencode(),
            Self::Fake => Ok(std::path::absolute(Build::Release.programs().join("fake-agent"))?),
        }
    }
}

/// Its folder stays until [`Folders`] goes: an ext4 without a journal passes over every file that was removed within the last minute,
/// or within six where that was not written yet, whenever it makes one (`recently_deleted` in Linux' `fs/ext4/ialloc.c`). After
/// thousands of them a checkout of 100 MB takes ten times as long, whoever makes it.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    pub(super) model: Served,
    agent: Agent,
    settings: Vec<(&'static str, String)>,
    port: u16,
}

impl Stage {
    pub(super) fn set(agent: Agent) -> Result<Self> {
        let number = SET.fetch_add(1, Ordering::Relaxed);
        let folder = folder_of(number);
        std::fs::create_dir_all(&folder)?;
        let model =
            Served::start(program(Build::Release.programs().join("scripted-model")).args(["--port", "0"]))?;
        let providers = json!([{
            "id": "scripted", "kind": "openai-compatible", "name": "Scripted",
            "base_url": model.address, "api_key": "sk-test",
            "models": [{ "id": "fake-1", "name": "Fake One", "context": 128_000, "output": 8192 }],
            "small_model": "fake-1",
        }]);
        std::fs::write(folder.join("providers.json"), providers.to_string())?;
        let stage = Self { folder, model, agent, settings: Vec::new(), port: free_port()? };
        stage.make_repository("demo", |folder| Ok(std::fs::write(folder.join("README.md"), "# demo\n")?))?;
        Ok(stage)
    }

    /// One more setting of the server.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    /// A repository with one commit of what `fill` puts into its folder.
    pub(super) fn make_repository(
        &self,
        name: &str,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let repository = self.folder.join("repos").join(name);
        std::fs::create_dir_all(&repository)?;
        fill(&repository)?;
        let git = |arguments: &[&str]| -> Result<String> {
            let names = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"];
            output(program("git").arg("-C").arg(&repository).args(names).args(arguments))
        };
        git(&["init", "--quiet", "--initial-branch=main"])?;
        git(&["add", "."])?;
        git(&["commit", "--quiet", "--message=Begin"])?;
        Ok(repository)
    }

    /// The origin under which Slipway answers.
    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `slipway serve` on this stage's data, not yet started.
    pub(super) fn command(&self, data: &Path) -> Result<Command> {
        let mut server = program(Build::Release.programs().join("slipway"));
        server.arg("serve");
        // What the person has set for their own Slipway does not count here.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SLIPWAY_") {
                server.env_remove(name);
            }
        }
        server.env("SLIPWAY_BIND", format!("127.0.0.1:{}", self.port));
        server.env("SLIPWAY_DATA_DIR", data);
        server.env("SLIPWAY_REPOS", self.folder.join("repos"));
        server.env("SLIPWAY_PROVIDERS", self.folder.join("providers.json"));
        server.env("SLIPWAY_DEFAULT_MODEL", "scripted/fake-1");
        server.env("SLIPWAY_PERMISSIONS", "auto");
        server.env("SLIPWAY_OPENCODE", self.agent.program()?);
        // One person does here what hundreds do.
        server.env("SLIPWAY_MAX_AGENTS", "1000").env("SLIPWAY_SOCKETS_PER_PERSON", "10000");
        server.env("SLIPWAY_AWAKE_PER_PERSON", "1000").env("SLIPWAY_SESSIONS_PER_PERSON", "1000000");
        server.env("SLIPWAY_REQUESTS_PER_MINUTE", "100000000");
        server.env("SLIPWAY_LOG", "warn");
        server.envs(self.settings.iter().map(|(name, value)| (name, value)));
        server.env("PATH", opencode::path_with_ripgrep()?);
        Ok(server)
    }

    pub(super) fn slipway(&self) -> Result<Served> {
        Served::start(&mut self.command(&self.folder.join("data"))?)
    }
}

fn folder_of(number: u32) -> PathBuf {
    std::env::temp_dir().join(format!("slipway-bench-{}-{number}", std::process::id()))
}

/// The folders of all stages of this run, removed when this is dropped.
pub(super) struct Folders;

impl Drop for Folders {
    fn drop(&mut self) {
        for number in 0..SET.load(Ordering::Relaxed) {
            std::fs::remove_dir_all(folder_of(number)).ok();
        }
    }
}

pub(super) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
