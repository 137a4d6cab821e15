//! Ends every child of this process, and the children that fall to it when they lose their parent.
//!
//! Only direct children are signalled: their ids cannot be taken by somebody else before they are reaped here. What a
//! child leaves behind becomes a direct child in turn, because this process is its subreaper.

use std::time::Duration;

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitOptions, WaitStatus},
};
use tokio::time::{Instant, sleep};

/// How long killed children may take before they are given up (one in uninterruptible sleep, or of another user).
const PATIENCE: Duration = Duration::from_secs(10);

/// From now on orphans among the descendants become children of this process.
pub(crate) fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(rustix::process::getpid())) {
        tracing::warn!(%error, "orphans of the agent may survive it");
    }
}

/// Kills and reaps until no child is left. False: some would not die.
pub(crate) async fn end_children() -> bool {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(1);
    while reap(|_, _| {}) {
        if Instant::now() >= deadline {
            return false;
        }
        for child in children_of(rustix::process::getpid()) {
            // Already dead is as good; another user's cannot be helped.
            let _ = rustix::process::kill_process(child, Signal::KILL);
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(20));
    }
    true
}

/// Collects every child that has ended. True: some are left.
pub(crate) fn reap(mut each: impl FnMut(Pid, WaitStatus)) -> bool {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => each(pid, status),
            Ok(None) => return true,
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// The direct children of a process.
#[cfg(target_os = "linux")]
pub(crate) fn children_of(process: Pid) -> Vec<Pid> {
    let process = process.as_raw_nonzero().get();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| parent(*pid) == Some(process))
        .filter_map(Pid::from_raw)
        .collect()
}

#[cfg(target_os = "linux")]
fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the state and the parent follow it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn children_of(_: Pid) -> Vec<Pid> {
    Vec::new()
}
