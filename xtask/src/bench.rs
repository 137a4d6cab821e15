//! `cargo xtask bench`: how fast Slipway is and what it takes, measured on the release build.
//!
//! Nothing here is a gate: the figures depend on the machine. Where something else has a share in a figure (the agent,
//! the model, the client), the same is measured without Slipway in the same run. Medians are of several runs.

mod bare;
mod browser;
mod burst;
mod busy;
mod catch_up;
mod client;
mod crowd;
mod fan_out;
mod fill;
mod first_word;
mod history;
mod latency;
mod machine;
mod memory;
mod pages;
mod process;
mod profile;
mod rest;
mod size;
mod socket;
mod stage;
mod stamps;
mod table;
mod turns;
mod walls;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    command::{self, Build, cargo, must, program, target},
    dist, opencode, site, tools,
};
use profile::Recording;
use table::{Line, Table};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Subject>,
    /// Measures nothing: says how two tables differ that were kept before.
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"])]
    compare: Option<Vec<PathBuf>>,
    /// Takes what was built before.
    #[arg(long)]
    no_build: bool,
    /// Also says where the processors' time went, by `perf`.
    #[arg(long)]
    profile: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// What the machine gives, whoever uses it.
    Machine,
    /// What is added to each token, and its bytes.
    Latency,
    /// Tokens faster than anybody reads.
    Burst,
    /// A thousand people at one session.
    FanOut,
    /// Five hundred sessions at once.
    Crowd,
    /// A server with an empty and with a full store.
    Rest,
    /// A long conversation.
    History,
    /// Coming back after ten thousand tokens.
    CatchUp,
    /// What a browser loads, and a long session in it.
    Browser,
    /// New sessions and wakes with the real OpenCode.
    FirstWord,
    /// What sessions take of the memory.
    Memory,
    /// Pages rendered in a second.
    Pages,
    /// Turns and messages stored in a second, with both databases.
    Turns,
    /// What the walls around an agent cost, at its start and for each command.
    Walls,
    /// Pages while agents use all processors.
    Busy,
    /// Files that are shipped.
    Size,
}

impl Subject {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    async fn measure(self) -> Result<Vec<Line>> {
        match self {
            Self::Machine => machine::measure(),
            Self::Latency => latency::measure().await,
            Self::Burst => burst::measure().await,
            Self::FanOut => fan_out::measure().await,
            Self::Crowd => crowd::measure().await,
            Self::Rest => rest::measure().await,
            Self::History => history::measure().await,
            Self::CatchUp => catch_up::measure().await,
            Self::Browser => browser::measure().await,
            Self::FirstWord => first_word::measure().await,
            Self::Memory => memory::measure().await,
            Self::Pages => pages::measure().await,
            Self::Turns => turns::measure().await,
            Self::Walls => walls::measure().await,
            Self::Busy => busy::measure().await,
            Self::Size => size::measure(),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some([before, after]) = options.compare.as_deref() {
        table::compare(&Table::read(before)?, &Table::read(after)?);
        return Ok(());
    }
    if !options.no_build {
        site::build(Build::Release)?;
        dist::programs()?;
        must(&mut cargo(&["build", "--release", "--package=slipway-test-support", "--bins"]))?;
    }
    let subjects = || {
        Subject::value_variants()
            .iter()
            .filter(|subject| options.only.is_empty() || options.only.contains(subject))
    };
    // Nothing is fetched while something is measured.
    tools::for_unit_tests()?;
    opencode::opencode()?;
    opencode::ripgrep()?;
    if subjects().any(|subject| matches!(subject, Subject::Browser)) {
        tools::for_browser_tests()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let _folders = stage::Folders;
    let mut table = Table { machine: machine(), lines: Vec::new() };
    let kept = target().join("bench/latest.json");
    let mut failed = Vec::new();
    for subject in subjects() {
        println!("\nmeasuring {} ...", subject.name());
        let recording = options.profile.then(|| Recording::start(&subject.name())).transpose()?;
        let measured = runtime.block_on(subject.measure());
        recording.map_or(Ok(()), Recording::report)?;
        let lines = match measured {
            Ok(lines) => lines,
            // The others still tell what they know.
            Err(error) => {
                println!("{}: {error:#}", subject.name());
                failed.push(subject.name());
                continue;
            }
        };
        let lines = lines.into_iter().map(|line| Line { subject: subject.name(), ..line });
        table.lines.extend(lines.inspect(Line::print));
        // What is measured is kept, whatever happens to the rest.
        table.save(&kept)?;
    }
    table.print();
    println!("kept as {}", kept.display());
    if !failed.is_empty() {
        bail!("not measured: {}", failed.join(", "));
    }
    Ok(())
}

/// What the figures are of: commit, processors, system, and how busy it was when this began.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let commit =
        command::output(program("git").args(["describe", "--always", "--dirty"])).unwrap_or_default();
    let information = read("/proc/cpuinfo");
    let model = information.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    format!(
        "{}, {processors} x {}, Linux {}, load {} before",
        commit.trim(),
        model.trim_matches([' ', '\t', ':']),
        read("/proc/sys/kernel/osrelease").trim(),
        load.split(' ').next().unwrap_or_default()
    )
}

fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of all values lies; `share` is between 0 and 1.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// Microseconds since 1970, as the scripts stamp their words.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with stamps that another process took from the same clock"
)]
fn micros() -> f64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0.0, |time| time.as_micros() as f64)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_values_that_were_there() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];
        for (share, expected) in [(0.0, "1"), (0.5, "3"), (1.0, "5")] {
            assert_eq!(quantile(&values, share).to_string(), expected);
        }
        assert!(quantile(&[], 0.5).is_nan());
    }
}
