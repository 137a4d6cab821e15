//! How a keeper starts, watches and stops OpenCode.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;
use slipway_keeper::wire::{Egress, EventSource, LaunchSpec, Readiness, StopStep};
use slipway_sandbox::{Job, Sandbox, View};

use super::{TESTED_VERSION, calls, config};
use crate::{AgentError, Brought, LaunchRequest};

const READY_MS: u64 = 60_000;
/// OpenCode sends a heartbeat every 10 s.
const SILENCE_MS: u64 = 30_000;

const PREPARE: &str = "umask 077; mkdir -p \"$1/node_modules\"; cat >\"$1/package-lock.json\"";
const PREPARE_LIMIT: Duration = Duration::from_secs(20);

/// Of no use to anybody here.
const IGNORED: [&str; 16] = [
    "catalog.updated",
    "command.executed",
    "file.edited",
    "file.watcher.updated",
    "integration.connection.updated",
    "integration.updated",
    "lsp.client.diagnostics",
    "lsp.updated",
    "mcp.tools.changed",
    "models-dev.refreshed",
    "plugin.added",
    "project.updated",
    "reference.updated",
    "server.heartbeat",
    "session.diff",
    "vcs.branch.updated",
];

/// `path` is the agent's PATH; it must lead to git, bash and rg.
pub(super) fn spec(
    request: &LaunchRequest,
    program: &Path,
    path: &str,
    lonely: Duration,
) -> Result<LaunchSpec, AgentError> {
    let scratch = request.runtime.join("scratch");
    let home = Home::of(&request.home);
    let port = "{port}".to_owned();
    let argv =
        [text(program), "serve".into(), "--hostname".into(), "127.0.0.1".into(), "--port".into(), port];
    let config =
        config::content(&request.providers, request.permissions, &request.allowed, &request.checkout);
    let mut env = BTreeMap::from(
        [
            ("PATH", path.to_owned()),
            ("LANG", "C.UTF-8".into()),
            ("TMPDIR", text(&scratch)),
            ("GIT_TERMINAL_PROMPT", "0".into()),
            ("OPENCODE_CONFIG_CONTENT", config.to_string()),
            ("OPENCODE_SERVER_PASSWORD", "{password}".into()),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1".into()),
            ("OPENCODE_DISABLE_MODELS_FETCH", "1".into()),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1".into()),
            ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1".into()),
            ("OPENCODE_DISABLE_SHARE", "1".into()),
            ("OPENCODE_DISABLE_EMBEDDED_WEB_UI", "1".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    env.extend(home.env());
    if let Brought::Off { .. } = request.brought {
        // A checkout's own configuration could define providers, programs and permissions.
        env.insert("OPENCODE_DISABLE_PROJECT_CONFIG".into(), "1".into());
    }
    Ok(LaunchSpec {
        argv: argv.into(),
        // The sandbox's to say, as are `groups` and `egress`.
        walls: None,
        groups: Vec::new(),
        env,
        cwd: request.checkout.clone(),
        folders: home.folders().map(Into::into).into_iter().chain([scratch.clone()]).collect(),
        scratch,
        log: request.runtime.join("agent.log"),
        user: "opencode".into(),
        ready: Readiness {
            line: "opencode server listening on".into(),
            probe: "/global/health".into(),
            expect: BTreeMap::from([("healthy".into(), json!(true))]),
            timeout_ms: READY_MS,
        },
        events: EventSource {
            path: "/event".into(),
            headers: calls::directory(&request.checkout),
            idle_timeout_ms: SILENCE_MS,
            first: "server.connected".into(),
            ignore: IGNORED.map(Into::into).into(),
        },
        // Disposing ends turns and tools and keeps the text so far, which a signal does not.
        stop: vec![
            StopStep::Post { path: "/global/dispose".into(), timeout_ms: 2_000 },
            StopStep::Terminate { grace_ms: 500 },
            StopStep::Kill,
        ],
        gateway: config::routes(&request.providers)?,
        egress: Egress::default(),
        reach: request.reach.clone(),
        lonely_ms: lonely.as_millis() as u64,
        idle_probe: "/session/status".into(),
        idle_answer: json!({}),
    })
}

/// OpenCode's own store: what must not be the person's own home.
struct Home {
    root: PathBuf,
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
}

impl Home {
    fn of(home: &Path) -> Self {
        Self {
            root: home.into(),
            config: home.join("config"),
            data: home.join("data"),
            state: home.join("state"),
            cache: home.join("cache"),
        }
    }

    fn folders(&self) -> [&Path; 5] {
        [&self.root, &self.config, &self.data, &self.state, &self.cache]
    }

    fn env(&self) -> [(String, String); 5] {
        let names = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
        let mut folders = self.folders().map(text).into_iter();
        names.map(|name| (name.to_owned(), folders.next().unwrap_or_default()))
    }
}

/// What OpenCode sees of the machine.
pub(super) fn view(request: &LaunchRequest, program: &Path) -> View {
    let view = View::of(&request.checkout).writing([request.home.clone()]);
    let view = view.reading(request.mirror.clone()).reading([program.to_owned()]);
    match &request.brought {
        Brought::InForce => view,
        Brought::Off { hidden } => view.hiding(hidden.iter().map(|name| request.checkout.join(name))),
    }
}

/// Makes OpenCode believe that its plugin package is installed. Nobody needs it here, and it would fetch 63 MB. The agent
/// can write where this lies, so it is done from inside.
pub(super) async fn prepare(sandbox: &Sandbox, home: &Path) -> Result<(), AgentError> {
    let failed = |why: &dyn std::fmt::Display| {
        AgentError::Unreachable(format!("The agent's folder {} cannot be made: {why}.", home.display()))
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(home).map_err(|error| failed(&error))?;
    let config = Home::of(home).config.join("opencode");
    let lock = json!({"packages": {"": {"dependencies": {"@opencode-ai/plugin": TESTED_VERSION}}}});
    let output = sandbox.run(Job {
        argv: ["/bin/sh", "-euc", PREPARE, "slipway-prepare", &text(&config)].map(String::from).into(),
        env: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
        cwd: "/".into(),
        view: View::of(home),
        stdin: lock.to_string().into(),
        timeout: PREPARE_LIMIT,
        output_limit: 4096,
    });
    let output = output.await.map_err(|error| failed(&error))?;
    if output.status == 0 {
        return Ok(());
    }
    Err(failed(&String::from_utf8_lossy(&output.stderr).trim()))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
