//! Where the processors' time goes while something is measured: sampled by `perf` over the whole machine, so that the
//! server, its keepers, the agents and the client that measures are all seen.

use std::{
    path::{Path, PathBuf},
    process::Child,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use crate::command::{self, output, program, target};

/// Samples a second of each processor; no round number, which could beat with a timer.
const RATE: &str = "499";
/// Lines of a report that are shown.
const LINES: usize = 40;
/// The threads of the server that do its work, and what they run.
const SERVER: &[&str] = &["--comms", "tokio-rt-worker,sqlx-sqlite-wor", "--dsos", "slipway,libc.so.6"];

/// What is sampled until [`Recording::report`].
pub(super) struct Recording {
    perf: Child,
    file: PathBuf,
}

impl Recording {
    pub(super) fn start(subject: &str) -> Result<Self> {
        ensure!(
            command::on_path(&["perf"]).is_some(),
            "profiles are taken by `perf`, which is not installed"
        );
        let folder = target().join("bench/profiles");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{subject}.data"));
        let mut perf = program("perf");
        perf.args(["record", "--quiet", "--all-cpus", "--freq", RATE, "--output"]).arg(&file);
        Ok(Self { perf: perf.spawn().context("could not start perf")?, file })
    }

    /// Ends the recording and prints who took the time, then which functions of the server did.
    pub(super) fn report(mut self) -> Result<()> {
        let process = rustix::process::Pid::from_child(&self.perf);
        rustix::process::kill_process(process, rustix::process::Signal::INT)?;
        command::wait_until(&mut self.perf, Instant::now() + Duration::from_mins(1))?;
        println!("\nprocessor time by program and library, in percent");
        print(&self.file, &["--sort", "comm,dso"])?;
        println!("\nprocessor time of the server by function, in percent of its own");
        print(&self.file, &[&["--sort", "symbol", "--percentage", "relative"], SERVER].concat())?;
        println!("\nthe whole profile: {}", self.file.display());
        Ok(())
    }
}

fn print(file: &Path, arguments: &[&str]) -> Result<()> {
    let mut perf = program("perf");
    perf.args(["report", "--stdio", "--no-children", "--percent-limit", "0.3", "--input"]).arg(file);
    let report = output(perf.args(arguments))?;
    let lines = report.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    // Columns are as wide as the longest name, which is that of a type; the last ones are empty.
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.take(LINES).for_each(|line| println!("{}", words(line).trim_end_matches([' ', '-'])));
    Ok(())
}
