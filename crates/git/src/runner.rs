//! How git is run: with an environment of our own, a deadline, and bounded output.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use slipway_sandbox::{Job, Sandbox, View};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use crate::{GitError, transport::of_reading};

/// Work on this machine may take this long ...
const PATIENCE: Duration = Duration::from_mins(10);

/// ... and what another machine sends or takes, as long as it goes on: the first fetch of a big repository.
const PATIENCE_AFAR: Duration = Duration::from_mins(30);

/// Whatever a job left this many minutes ago, the job is not there any more.
const STALE: u64 = PATIENCE.as_secs() / 60 + 5;

/// More than any listing that is asked for; a listing beyond it is an error, never a part taken for the whole.
const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// Where git looks for programs, and is looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Nothing of the machine's or a person's configuration is read, nothing prompts, nothing is fetched unasked.
const ENVIRONMENT: [(&str, &str); 12] = [
    ("PATH", PATH),
    ("HOME", "/nonexistent"),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("TZ", "UTC"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_PAGER", "cat"),
];

/// Configuration that wins over any repository's own.
const OVERRIDES: [(&str, &str); 7] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.sshCommand", "false"),
    ("safe.directory", "*"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.addEmbeddedRepo", "false"),
];

/// The names of one more override.
const KEY_AFTER_OVERRIDES: &str = "GIT_CONFIG_KEY_7";
const VALUE_AFTER_OVERRIDES: &str = "GIT_CONFIG_VALUE_7";
const _: () = assert!(OVERRIDES.len() == 7, "the names above count them");

/// Runs git on the server's side or inside a sandbox.
#[derive(Clone)]
pub(crate) struct Runner {
    sandbox: Arc<Sandbox>,
    program: PathBuf,
}

impl Runner {
    /// A program without a path is looked for once: one that is to be found in another `PATH` than the server's would be started by
    /// a copy of the server, whose making costs the more the larger the server is.
    pub(crate) fn new(sandbox: Arc<Sandbox>, program: PathBuf) -> Self {
        let named = program.components().count() == 1;
        let found =
            std::env::split_paths(PATH).map(|folder| folder.join(&program)).find(|path| path.is_file());
        Self { sandbox, program: found.filter(|_| named).unwrap_or(program) }
    }

    /// For mirrors, bundles and the folders that people offer: never for a checkout.
    pub(crate) fn trusted(&self) -> Trusted<'_> {
        let (env, config) = (Vec::new(), Vec::new());
        Trusted { runner: self, cwd: PathBuf::from("/"), env, config, patience: PATIENCE }
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// For everything that touches a checkout: a shell script with positional arguments, run in the sandbox with `$GIT`
    /// as the program. It sees what `view` names.
    pub(crate) async fn inside(
        &self,
        what: &str,
        script: &str,
        view: View,
        arguments: &[&Path],
        extra: &[(&str, &str)],
    ) -> Result<String, GitError> {
        let said = self.inside_with(what, script, view, arguments, extra, Vec::new()).await?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// The same with something to read, and with the very bytes that it says.
    pub(crate) async fn inside_with(
        &self,
        what: &str,
        script: &str,
        view: View,
        arguments: &[&Path],
        extra: &[(&str, &str)],
        stdin: Vec<u8>,
    ) -> Result<Vec<u8>, GitError> {
        let mut env = environment("none");
        env.insert("GIT".into(), self.program.display().to_string());
        env.insert("STALE".into(), STALE.to_string());
        env.extend(extra.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let mut argv = ["/bin/sh", "-euc", script, "slipway-git"].map(String::from).to_vec();
        for path in arguments {
            argv.push(path.to_str().ok_or_else(|| not_text(path))?.to_owned());
        }
        let cwd = PathBuf::from("/");
        let job = Job { argv, env, cwd, view, stdin, timeout: PATIENCE, output_limit: OUTPUT_LIMIT };
        let begun = Instant::now();
        let output = self.sandbox.run(job).await.map_err(|error| {
            tracing::warn!(command = what, %error, "the sandbox could not run git");
            GitError::Failed(error.to_string())
        })?;
        tracing::debug!(command = what, took = ?begun.elapsed(), "git in the sandbox");
        finish(what, output.status == 0, output.truncated, output.stdout, &output.stderr)
    }
}

/// A run of git by the server itself.
pub(crate) struct Trusted<'a> {
    runner: &'a Runner,
    cwd: PathBuf,
    env: Vec<(&'static str, OsString)>,
    config: Vec<&'static str>,
    patience: Duration,
}

impl Trusted<'_> {
    /// Looks for the repository in this folder only, never in those above it.
    pub(crate) fn at(mut self, repository: &Path) -> Self {
        repository.clone_into(&mut self.cwd);
        let ceiling = repository.parent().unwrap_or(repository).as_os_str().to_owned();
        self.env("GIT_CEILING_DIRECTORIES", ceiling)
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// One more override, such as `fetch.fsckObjects=true`.
    pub(crate) fn config(mut self, setting: &'static str) -> Self {
        self.config.push(setting);
        self
    }

    /// Lets this run speak HTTP with that server and nobody else, as whoever the token is of.
    pub(crate) fn over_http(mut self, url: &str, token: Option<&str>) -> Self {
        self.patience = PATIENCE_AFAR;
        let open = self.env("GIT_ALLOW_PROTOCOL", "http:https").config("http.followRedirects=false");
        // A slow line is waited for; one that is dead for a minute is not.
        let open = open.config("http.lowSpeedLimit=1").config("http.lowSpeedTime=60");
        let Some(token) = token else { return open };
        let proof = BASE64_STANDARD.encode(format!("x-access-token:{token}"));
        // One more than the overrides.
        open.env("GIT_CONFIG_COUNT", (OVERRIDES.len() + 1).to_string())
            .env(KEY_AFTER_OVERRIDES, format!("http.{url}.extraHeader"))
            .env(VALUE_AFTER_OVERRIDES, format!("Authorization: Basic {proof}"))
    }

    pub(crate) async fn run<A: Into<OsString>>(
        self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String, GitError> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let output = self.collect(&arguments).await?;
        let said =
            finish(&name_of(&arguments), output.success, output.truncated, output.stdout, &output.stderr)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// As [`run`](Self::run), for what is read from another machine: its refusals are told apart.
    pub(crate) async fn read_from_afar<A: Into<OsString>>(
        self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String, GitError> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let Collected { success, truncated, stdout, stderr } = self.collect(&arguments).await?;
        if !success {
            return Err(of_reading(&name_of(&arguments), &String::from_utf8_lossy(&stderr)));
        }
        let said = finish(&name_of(&arguments), success, truncated, stdout, &stderr)?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// What it said, also where it failed.
    pub(crate) async fn hear(self, arguments: Vec<OsString>) -> Result<Heard, GitError> {
        let Collected { success, stdout, stderr, .. } = self.collect(&arguments).await?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Heard { success, stdout: text(&stdout), stderr: text(&stderr) })
    }

    async fn collect(&self, arguments: &[OsString]) -> Result<Collected, GitError> {
        let begun = Instant::now();
        let output = tokio::time::timeout(self.patience, self.output(arguments)).await;
        tracing::debug!(command = name_of(arguments), took = ?begun.elapsed(), "git");
        let output =
            output.map_err(|_| GitError::Failed(format!("git {} took too long.", name_of(arguments))))?;
        output.map_err(|error| cannot_start(&self.runner.program, &self.cwd, &error))
    }

    async fn output(&self, arguments: &[OsString]) -> io::Result<Collected> {
        let mut command = Command::new(&self.runner.program);
        command
            .args(self.config.iter().flat_map(|setting| ["-c", setting]))
            .args(arguments)
            .current_dir(&self.cwd);
        command
            .env_clear()
            .envs(environment("file"))
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) = tokio::join!(bounded(out, OUTPUT_LIMIT), bounded(err, 64 * 1024));
        let (stdout, truncated) = stdout?;
        let status = child.wait().await?;
        Ok(Collected { success: status.success(), truncated, stdout, stderr: stderr?.0 })
    }
}

/// How a run of git ended, and its words.
pub(crate) struct Heard {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

struct Collected {
    success: bool,
    truncated: bool,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn name_of(arguments: &[OsString]) -> String {
    arguments.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The whole environment. Protocols that are not named are refused, whatever a repository's configuration allows.
fn environment(protocols: &str) -> BTreeMap<String, String> {
    let fixed = ENVIRONMENT.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut environment: BTreeMap<_, _> = fixed.collect();
    environment.insert("GIT_ALLOW_PROTOCOL".into(), protocols.into());
    environment.insert("GIT_CONFIG_COUNT".into(), OVERRIDES.len().to_string());
    for (number, (key, value)) in OVERRIDES.into_iter().enumerate() {
        environment.insert(format!("GIT_CONFIG_KEY_{number}"), key.into());
        environment.insert(format!("GIT_CONFIG_VALUE_{number}"), value.into());
    }
    environment
}

/// Reads to the end, so that the child never blocks, and keeps the first `limit` bytes.
async fn bounded(from: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<(Vec<u8>, bool)> {
    let (mut kept, mut chunk, mut truncated) = (Vec::new(), vec![0; 16 * 1024], false);
    let Some(mut from) = from else { return Ok((kept, false)) };
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok((kept, truncated));
        }
        let room = limit.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&chunk[..room]);
        truncated |= room < read;
    }
}

fn finish(
    what: &str,
    success: bool,
    truncated: bool,
    stdout: Vec<u8>,
    stderr: &[u8],
) -> Result<Vec<u8>, GitError> {
    if !success {
        return Err(GitError::from_stderr(what, &String::from_utf8_lossy(stderr)));
    }
    if truncated {
        return Err(GitError::Failed(format!("git {what} had more to say than fits.")));
    }
    Ok(stdout)
}

fn cannot_start(program: &Path, cwd: &Path, error: &io::Error) -> GitError {
    if !cwd.is_dir() {
        return GitError::NotARepository(cwd.display().to_string());
    }
    GitError::Failed(format!("git could not be started ({}): {error}.", program.display()))
}

fn not_text(path: &Path) -> GitError {
    GitError::Failed(format!("The path {} is not text, so git cannot be asked about it.", path.display()))
}
