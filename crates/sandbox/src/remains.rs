//! Making sure that nothing is left of a keeper and its agent.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal};
use slipway_keeper::{
    process,
    wire::{SOCKET, ToKeeper},
};
use tokio::{net::UnixStream, time::sleep};

use crate::{
    During, Sandbox, SandboxError,
    launch::absolute,
    link::{Greeting, greet},
};

/// A keeper that was told to stop has so long for the agent's stop steps.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(30);
/// An init whose keeper is dead has so long to kill the agent.
const INIT_LIMIT: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const KEEPER_PID: &str = "keeper.pid";
pub(crate) const INIT_PID: &str = "init.pid";

impl Sandbox {
    /// Stops a keeper that may still be there, waits until it and the agent are gone, and removes the folder. One that a higher
    /// generation owns is left alone: then this is refused.
    pub async fn clear(&self, runtime: &Path, generation: u64) -> Result<(), SandboxError> {
        let runtime = absolute(runtime)?;
        remove(&runtime, generation).await
    }
}

/// Settles and removes the folder.
pub(crate) async fn remove(runtime: &Path, generation: u64) -> Result<(), SandboxError> {
    settle(runtime, generation).await?;
    match std::fs::remove_dir_all(runtime) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).during(|| format!("remove the folder {}", runtime.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a keeper listens in the folder.
pub(crate) async fn answers(runtime: &Path) -> bool {
    UnixStream::connect(runtime.join(SOCKET)).await.is_ok()
}

/// Ends what may be left of a keeper and its agent: asks, insists, and in the end kills. The folder stays. A keeper that
/// a higher generation owns is left alone.
pub(crate) async fn settle(runtime: &Path, generation: u64) -> Result<(), SandboxError> {
    let keeper = ask(runtime, generation).await?;
    if let Some(keeper) = keeper
        && !gone_within(STOP_LIMIT, || is_keeper(keeper, runtime)).await
    {
        tracing::warn!(pid = keeper, "a keeper does not end; killing it");
        kill(keeper, Signal::KILL);
        gone_within(INIT_LIMIT, || is_keeper(keeper, runtime)).await;
    }
    // The init of a keeper that died without a word ends the agent by itself.
    let init = std::fs::read_to_string(runtime.join(INIT_PID)).unwrap_or_default();
    if !gone_within(INIT_LIMIT, || process::living(&init).is_some()).await {
        return Err(SandboxError::TimedOut { what: "The end of an agent".into(), limit: INIT_LIMIT });
    }
    for name in [SOCKET, KEEPER_PID, INIT_PID] {
        let _ = std::fs::remove_file(runtime.join(name));
    }
    Ok(())
}

/// Asks for the end: over the socket, where the generation counts, or by a signal where nobody answers.
async fn ask(runtime: &Path, generation: u64) -> Result<Option<u32>, SandboxError> {
    match greet(&runtime.join(SOCKET), generation, u64::MAX).await {
        Ok(Greeting::Hello(mut hello)) => {
            let pid = hello.pid();
            // It hangs up: a keeper that nobody listens to need not tell how it ended.
            if pid.is_some() && hello.say(&ToKeeper::Stop).await.is_ok() {
                return Ok(pid);
            }
        }
        Ok(Greeting::Refused { sentence }) => return Err(SandboxError::Refused { sentence }),
        Err(_) => {}
    }
    let keeper = keeper(runtime);
    if let Some(pid) = keeper {
        kill(pid, Signal::TERM);
    }
    Ok(keeper)
}

/// The keeper that the folder's file names, if that process is one.
fn keeper(runtime: &Path) -> Option<u32> {
    let pid = std::fs::read_to_string(runtime.join(KEEPER_PID)).ok()?.trim().parse().ok()?;
    is_keeper(pid, runtime).then_some(pid)
}

fn is_keeper(pid: u32, runtime: &Path) -> bool {
    let arguments = process::arguments(pid);
    arguments.get(1).is_some_and(|role| role == "keep")
        && arguments.get(2).is_some_and(|folder| Path::new(folder) == runtime)
}

async fn gone_within(limit: Duration, mut there: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while there() {
        if start.elapsed() > limit {
            return false;
        }
        sleep(LOOK_AGAIN).await;
    }
    true
}

fn kill(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}
