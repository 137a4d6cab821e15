//! One command with an end: for git and file work.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    pin::Pin,
    process::Stdio,
    task::{Context, Poll},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

use crate::{During, Sandbox, SandboxError, View};

/// A killed job must be gone within this time.
const KILL_LIMIT: Duration = Duration::from_secs(15);
/// The status of a command whose init was killed.
const KILLED: i32 = 137;

#[derive(Clone, Debug)]
pub struct Job {
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    pub cwd: PathBuf,
    /// What it sees besides the system.
    pub view: View,
    pub stdin: Vec<u8>,
    pub timeout: Duration,
    /// How much of its output is kept, and how much of its errors.
    pub output_limit: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The exit code; 128 and the signal where one ended it; 127 where there is no such program.
    pub status: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// There was more of either than was kept.
    pub truncated: bool,
}

impl Sandbox {
    /// Runs a command to its end. When the time is over, or nobody waits for it any more, or the server dies, everything
    /// that it started is killed.
    pub async fn run(&self, mut job: Job) -> Result<Output, SandboxError> {
        let input = std::mem::take(&mut job.stdin);
        let mut kept = Kept { limit: job.output_limit, bytes: Vec::new(), more: false };
        let mut output = self.pipe(job, &*input, &mut kept).await?;
        output.stdout = kept.bytes;
        output.truncated |= kept.more;
        Ok(output)
    }

    /// The same for more than fits into memory: what the command reads comes from `input` and what it writes goes to `output`
    /// as it comes. If one of them fails, the command is killed. What it had written by then is the caller's to undo.
    pub async fn pipe(
        &self,
        job: Job,
        input: impl AsyncRead + Unpin,
        output: impl AsyncWrite + Unpin,
    ) -> Result<Output, SandboxError> {
        let name = job.argv.first().cloned().unwrap_or_default();
        let mut running = self.spawn(&job)?;
        let what = || format!("run {name}");
        match timeout(job.timeout, running.finish(input, output, job.output_limit)).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => {
                running.end().await;
                Err(error).during(what)
            }
            Err(_) => {
                running.end().await;
                Err(SandboxError::TimedOut { what: format!("The command {name}"), limit: job.timeout })
            }
        }
    }

    fn spawn(&self, job: &Job) -> Result<Running, SandboxError> {
        let walls = self.isolation.walls(&self.keeper_program, &job.view, &job.cwd);
        let walls = walls.map(|walls| serde_json::to_string(&walls).expect("walls are JSON"));
        let groups = serde_json::to_string(&self.limits.groups(&job.view)).expect("groups are JSON");
        let child = Command::new(&self.keeper_program)
            .args(["init", "--parent", &std::process::id().to_string()])
            .args(walls.iter().flat_map(|walls| ["--walls", walls]))
            .args(["--groups", &groups])
            .arg("--")
            .args(&job.argv)
            .env_clear()
            .envs(&job.env)
            .current_dir(&job.cwd)
            // Ctrl-C in the server's terminal is for the server to hear.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        match child {
            Ok(child) => Ok(Running(child)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.keeper_program.exists() => {
                Err(self.missing_program())
            }
            Err(source) => {
                Err(SandboxError::Io { what: format!("run a command in {}", job.cwd.display()), source })
            }
        }
    }
}

/// An init with a command below it. Dropped before its end, it kills all of it.
struct Running(Child);

impl Running {
    async fn finish(
        &mut self,
        input: impl AsyncRead + Unpin,
        output: impl AsyncWrite + Unpin,
        limit: usize,
    ) -> io::Result<Output> {
        let (stdin, stdout, stderr) = (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let mut errors = Kept { limit, bytes: Vec::new(), more: false };
        // A command need not read what it is given.
        let write = carry(Some(input), stdin, |_| Ok(()));
        tokio::try_join!(write, carry(stdout, Some(output), Err), carry(stderr, Some(&mut errors), Err))?;
        let status = self.0.wait().await?.code().unwrap_or(KILLED);
        Ok(Output { status, stdout: Vec::new(), stderr: errors.bytes, truncated: errors.more })
    }

    async fn end(&mut self) {
        self.signal(Signal::QUIT);
        if timeout(KILL_LIMIT, self.0.wait()).await.is_err() {
            tracing::error!("a command could not be ended");
        }
    }

    fn signal(&self, signal: Signal) {
        // The id is init's own until it was waited for.
        if let Some(pid) = self.0.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::QUIT);
    }
}

/// Carries everything from one to the other; `refused` says what it means that the other takes no more.
async fn carry(
    from: Option<impl AsyncRead + Unpin>,
    to: Option<impl AsyncWrite + Unpin>,
    refused: impl Fn(io::Error) -> io::Result<()>,
) -> io::Result<()> {
    let (Some(mut from), Some(mut to)) = (from, to) else { return Ok(()) };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.flush().await.or_else(refused);
        }
        if let Err(error) = to.write_all(&chunk[..length]).await {
            return refused(error);
        }
    }
}

/// Takes everything, and keeps no more than `limit` bytes.
struct Kept {
    limit: usize,
    bytes: Vec<u8>,
    more: bool,
}

impl AsyncWrite for Kept {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let room = bytes.len().min(self.limit - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..room]);
        self.more |= room < bytes.len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
