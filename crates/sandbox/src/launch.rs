//! Starting a keeper, and finding one again.

use std::{
    fs::{File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use slipway_keeper::wire::{LaunchSpec, PROTOCOL, Reach, SOCKET};
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    During, Sandbox, SandboxError, View,
    keeper::Keeper,
    link::{Greeting, greet},
    remains,
};

const START_LIMIT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(5);
const LOG: &str = "keeper.log";
/// What every system allows a socket's path.
const LONGEST_SOCKET: usize = 103;
/// What of the server's environment a keeper needs to reach the model providers as the server would.
const PASSED: [&str; 12] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RUST_BACKTRACE",
    "TZ",
];

impl Sandbox {
    /// Starts a keeper in `runtime`, a folder of its own with a short path. Returns as soon as the keeper answers; how
    /// the agent fares comes as events. Besides the system it sees `view` and its scratch folder; the walls of `spec` are
    /// made here.
    pub async fn start(
        &self,
        runtime: &Path,
        generation: u64,
        spec: &LaunchSpec,
        view: &View,
    ) -> Result<Keeper, SandboxError> {
        let runtime = absolute(runtime)?;
        if !self.keeper_program.exists() {
            return Err(self.missing_program());
        }
        if remains::answers(&runtime).await {
            let sentence = format!("another keeper is in {}", runtime.display());
            return Err(SandboxError::NotStarted { sentence });
        }
        remains::settle(&runtime, generation).await?;
        let log = open_log(&runtime).during(|| format!("make the folder {}", runtime.display()))?;

        let mut spec = spec.clone();
        let view = view.clone().writing([spec.scratch.clone()]);
        spec.egress = self.isolation.egress();
        spec.groups = self.limits.groups(&view);
        spec.walls = self.isolation.walls(&self.keeper_program, &view, &spec.cwd);
        let mut child = self.spawn_keeper(&runtime, log)?;
        let (keeper, child) =
            match timeout(START_LIMIT, come_up(&mut child, &runtime, generation, &spec)).await {
                Ok(Ok(keeper)) => (Ok(keeper), child),
                Ok(Err(error)) => (Err(error), child),
                Err(_) => {
                    let what = "The start of the agent's keeper".into();
                    (Err(SandboxError::TimedOut { what, limit: START_LIMIT }), child)
                }
            };
        collect(child, keeper.is_err());
        keeper
    }

    /// Finds the keeper that an earlier server left behind, and goes on after the event `after`. None: nobody is there,
    /// or it is another run of it than `boot`; then it is cleared away.
    pub async fn adopt(
        &self,
        runtime: &Path,
        generation: u64,
        after: u64,
        boot: &str,
        reach: Reach,
    ) -> Result<Option<Keeper>, SandboxError> {
        let runtime = absolute(runtime)?;
        match greet(&runtime.join(SOCKET), generation, after).await {
            Ok(Greeting::Hello(hello)) if hello.boot == boot && hello.protocol == PROTOCOL => {
                Ok(Some(Keeper::new(runtime, generation, after, reach, hello)))
            }
            Ok(Greeting::Refused { sentence }) => Err(SandboxError::Refused { sentence }),
            // It may be slow, and at work.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(error).during(|| "hear from the agent's keeper".into())
            }
            Ok(Greeting::Hello(_)) | Err(_) => {
                remains::remove(&runtime, generation).await?;
                Ok(None)
            }
        }
    }

    fn spawn_keeper(&self, runtime: &Path, log: File) -> Result<Child, SandboxError> {
        let passed = PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        Command::new(&self.keeper_program)
            .arg("keep")
            .arg(runtime)
            .env_clear()
            .envs(passed)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .during(|| format!("start {}", self.keeper_program.display()))
    }
}

/// Hands over the spec and waits until the keeper answers.
async fn come_up(
    child: &mut Child,
    runtime: &Path,
    generation: u64,
    spec: &LaunchSpec,
) -> Result<Keeper, SandboxError> {
    if let Some(mut stdin) = child.stdin.take() {
        let spec = serde_json::to_vec(spec).expect("a launch spec is JSON");
        // A keeper that does not read has ended, and its log says why.
        let _ = stdin.write_all(&spec).await;
    }
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            let log = std::fs::read_to_string(runtime.join(LOG)).unwrap_or_default();
            let last = log.lines().last().unwrap_or_default();
            return Err(SandboxError::NotStarted { sentence: format!("{status}. {last}") });
        }
        match greet(&runtime.join(SOCKET), generation, 0).await {
            Ok(Greeting::Hello(hello)) => {
                let reach = spec.reach.clone();
                return Ok(Keeper::new(runtime.into(), generation, 0, reach, hello));
            }
            Ok(Greeting::Refused { sentence }) => return Err(SandboxError::Refused { sentence }),
            Err(_) => sleep(RETRY).await,
        }
    }
}

/// Waits for the keeper's end in the background, so that it does not stay as a zombie.
fn collect(mut child: Child, kill: bool) {
    tokio::spawn(async move {
        if kill {
            let _ = child.start_kill();
        }
        let _ = child.wait().await;
    });
}

fn open_log(runtime: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(runtime)?;
    std::fs::set_permissions(runtime, Permissions::from_mode(0o700))?;
    OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(runtime.join(LOG))
}

/// The folder as every process sees it, if a socket can be in it.
pub(crate) fn absolute(runtime: &Path) -> Result<PathBuf, SandboxError> {
    let runtime = std::path::absolute(runtime).during(|| format!("find the folder {}", runtime.display()))?;
    if runtime.join(SOCKET).as_os_str().len() > LONGEST_SOCKET {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the path is too long for a socket");
        return Err(SandboxError::Io {
            what: format!("use the runtime folder {}", runtime.display()),
            source,
        });
    }
    Ok(runtime)
}
