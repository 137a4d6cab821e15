//! `cargo xtask run`: from a fresh clone to a running Slipway.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash as _, Hasher as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    command::{self, Build, cargo, must, program, root},
    opencode, site, tools,
};

/// How often `--dev` looks for changes.
const POLL: Duration = Duration::from_millis(400);

/// How long a server may take to stop before it is killed: more than it allows itself.
const STOP: Duration = Duration::from_secs(15);

#[derive(Args)]
pub(crate) struct Options {
    /// Quick build without full optimisation; builds and starts again whenever a source changes.
    #[arg(long)]
    dev: bool,
    /// Handed to `slipway serve`; see `cargo xtask run -- --help`.
    #[arg(last = true)]
    flags: Vec<String>,
}

pub(crate) fn run(options: Options) -> Result<()> {
    if options.dev {
        return watch(&options.flags);
    }
    get_ready()?;
    site::build(Build::Release)?;
    must(&mut cargo(&["build", "--release", "--package=slipway", "--package=slipway-keeper"]))?;
    let mut server = server(Build::Release, &options.flags)?;
    println!("\nStarting Slipway. Open the address below in a browser; Ctrl-C stops it.\n");
    // Takes this process' place, so that signals and the exit code are the server's own.
    Err(server.exec()).context("could not start slipway")
}

fn get_ready() -> Result<()> {
    tools::for_walls();
    opencode::opencode()?;
    opencode::ripgrep()?;
    Ok(())
}

/// The site and the server side by side.
fn build_for_development() -> Result<()> {
    std::thread::scope(|scope| {
        let site = scope.spawn(|| site::build(Build::Dev));
        let programs = command::programs_for_checks();
        site.join().expect("the site's thread does not panic")?;
        programs
    })
}

/// `slipway serve` with this environment, plus where the agent's programs and the site are.
fn server(build: Build, flags: &[String]) -> Result<Command> {
    let mut server = program(build.programs().join("slipway"));
    server.arg("serve").args(flags);
    server.env("SLIPWAY_OPENCODE", opencode::opencode()?);
    server.env("SLIPWAY_SITE", site::folder(build));
    server.env("PATH", opencode::path_with_ripgrep()?);
    Ok(server)
}

/// Builds, starts, and does both again when a source has changed.
fn watch(flags: &[String]) -> Result<()> {
    let interrupted = interruption()?;
    get_ready()?;
    let mut seen = fingerprint()?;
    let mut running: Option<Child> = None;
    loop {
        let began = Instant::now();
        match build_for_development() {
            Ok(()) => {
                if let Some(child) = running.take() {
                    stop(child)?;
                }
                println!("Built in {:.1} s.", began.elapsed().as_secs_f64());
                running = Some(server(Build::Dev, flags)?.spawn().context("could not start slipway")?);
            }
            // The compiler has said why; the last good server goes on.
            Err(error) => println!("{error:#}\nWaiting for a change."),
        }
        loop {
            if interrupted.recv_timeout(POLL).is_ok() {
                // The terminal has told the server too; wait for it to finish.
                if let Some(mut child) = running {
                    command::wait_until(&mut child, Instant::now() + STOP)?;
                }
                return Ok(());
            }
            let now = fingerprint()?;
            if now != seen {
                seen = now;
                println!("\nA source has changed.");
                break;
            }
        }
    }
}

/// Asks it to stop as for a restart, so that running turns go on with their keepers.
fn stop(mut child: Child) -> Result<()> {
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).ok();
    command::wait_until(&mut child, Instant::now() + STOP)?;
    Ok(())
}

/// Says when Ctrl-C was pressed.
fn interruption() -> Result<std::sync::mpsc::Receiver<()>> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                if sender.send(()).is_err() {
                    break;
                }
            }
        });
    });
    Ok(receiver)
}

/// Names and times of everything that goes into the build.
fn fingerprint() -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for folder in ["app", "crates", "frontend", "migrations", "public", "server", "style"] {
        add(&root().join(folder), &mut hasher)?;
    }
    add(&root().join("Cargo.toml"), &mut hasher)?;
    Ok(hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    // Editors make and remove files while we look.
    let Ok(data) = path.metadata() else { return Ok(()) };
    if data.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        return entries.iter().try_for_each(|entry| add(entry, hasher));
    }
    path.hash(hasher);
    data.modified()?.hash(hasher);
    data.len().hash(hasher);
    Ok(())
}
