//! The processes of a story: found by its folder, frozen, ended.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
        // One that is gone already needs none.
        let _ = kill_process(pid, signal);
    }
}

pub(crate) async fn freeze(pid: u32, time: Duration) {
    signal(pid, Signal::STOP);
    sleep(time).await;
    signal(pid, Signal::CONT);
}

/// The keeper in this runtime folder.
pub(crate) fn keeper(runtime: &Path) -> Option<u32> {
    let pid = fs::read_to_string(runtime.join("keeper.pid")).ok()?.trim().parse().ok()?;
    command(pid).contains(&*runtime.to_string_lossy()).then_some(pid)
}

/// The agent below that keeper's init, behind its walls where there are some.
pub(crate) fn agent(runtime: &Path) -> Option<u32> {
    let init = fs::read_to_string(runtime.join("init.pid")).ok()?;
    let mut above: u32 = init.split_whitespace().next()?.parse().ok()?;
    loop {
        let below = all().find(|pid| parent(*pid) == Some(above))?;
        let command = command(below);
        if !command.contains("bwrap --args") && !command.contains("init --inside") {
            return Some(below);
        }
        above = below;
    }
}

/// Everything that runs in this folder, or names it in its command; with its command.
pub(crate) fn of_folder(folder: &Path) -> Vec<(u32, String)> {
    let inside = |path: PathBuf| path.starts_with(folder);
    let name = folder.to_string_lossy().into_owned();
    all()
        .filter(|pid| *pid != std::process::id())
        .map(|pid| (pid, command(pid)))
        .filter(|(pid, command)| {
            command.contains(&name) || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(inside)
        })
        .filter(|(pid, _)| !is_dead(*pid))
        .collect()
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn command(pid: u32) -> String {
    let raw = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&raw).replace('\0', " ").trim().to_owned()
}

/// What stands after the name in brackets, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// Ended, and not yet waited for.
fn is_dead(pid: u32) -> bool {
    stat(pid).is_none_or(|stat| stat.first().is_some_and(|state| state == "Z" || state == "X"))
}
