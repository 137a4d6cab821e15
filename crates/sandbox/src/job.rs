//! One command with an end: for git and file work.

use std::{collections::BTreeMap, io, path::PathBuf, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, Command},
    time::timeout,
};

use crate::{During, Sandbox, SandboxError};

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
    pub async fn run(&self, job: Job) -> Result<Output, SandboxError> {
        let name = job.argv.first().cloned().unwrap_or_default();
        let mut running = self.spawn(&job)?;
        if let Ok(output) = timeout(job.timeout, running.finish(job.stdin, job.output_limit)).await {
            return output.during(|| format!("run {name}"));
        }
        running.end().await;
        Err(SandboxError::TimedOut { what: format!("The command {name}"), limit: job.timeout })
    }

    fn spawn(&self, job: &Job) -> Result<Running, SandboxError> {
        let child = Command::new(&self.keeper_program)
            .args(["init", "--parent", &std::process::id().to_string(), "--"])
            .args(self.isolation.wrap(job.argv.clone()))
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
    async fn finish(&mut self, input: Vec<u8>, limit: usize) -> io::Result<Output> {
        let (stdin, stdout, stderr) = (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let write = async move {
            if let Some(mut stdin) = stdin {
                // A command need not read what it is given.
                let _ = stdin.write_all(&input).await;
            }
        };
        let ((), out, err) = tokio::join!(write, read(stdout, limit), read(stderr, limit));
        let (stdout, more_out) = out?;
        let (stderr, more_err) = err?;
        let status = self.0.wait().await?.code().unwrap_or(KILLED);
        Ok(Output { status, stdout, stderr, truncated: more_out || more_err })
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

/// Reads to the end, and keeps no more than `limit` bytes.
async fn read(source: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<(Vec<u8>, bool)> {
    let Some(mut source) = source else { return Ok((Vec::new(), false)) };
    let (mut kept, mut chunk, mut more) = (Vec::new(), vec![0; 16 * 1024], false);
    loop {
        let length = source.read(&mut chunk).await?;
        if length == 0 {
            return Ok((kept, more));
        }
        let room = length.min(limit - kept.len());
        kept.extend_from_slice(&chunk[..room]);
        more |= room < length;
    }
}
