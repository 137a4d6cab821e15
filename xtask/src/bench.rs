//! `cargo xtask bench`: what Slipway costs, measured on the release build.
//!
//! Nothing here is a gate: the figures depend on the machine. Where something else has a share in a figure (the agent,
//! the model), the same is measured without Slipway, and the difference is ours.

mod client;
mod opencode;
mod size;
mod stage;
mod start;
mod stream;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::{
    command::{Build, cargo, must, target},
    dist, site,
};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Subject>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// From start to ready, and memory at rest.
    Start,
    /// What a browser loads.
    Size,
    /// From a prompt to its first word, and what each word takes after that.
    Stream,
}

/// One line of the table.
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    site::build(Build::Release)?;
    dist::programs()?;
    must(&mut cargo(&["build", "--release", "--package=slipway-test-support", "--bins"]))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for subject in Subject::value_variants() {
        if !options.only.is_empty() && !options.only.contains(subject) {
            continue;
        }
        let (name, figures) = match subject {
            Subject::Start => ("start", runtime.block_on(start::measure())?),
            Subject::Size => ("size", size::measure()?),
            Subject::Stream => ("stream", runtime.block_on(stream::measure())?),
        };
        report(name, &figures)?;
    }
    Ok(())
}

/// Prints the figures and keeps them as JSON.
fn report(name: &str, figures: &[Figure]) -> Result<()> {
    println!("\n{name}");
    for Figure { name, value, unit } in figures {
        println!("  {name:<58} {value:>10.1} {unit}");
    }
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let rows: Vec<_> = figures
        .iter()
        .map(|figure| json!({ "name": figure.name, "value": figure.value, "unit": figure.unit }))
        .collect();
    std::fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(&rows)?)?;
    Ok(())
}

/// The value below which this share of all values lies; `share` is between 0 and 1.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// Microseconds since 1970, as the scripted model stamps its words.
#[expect(
    clippy::disallowed_methods,
    reason = "compared with stamps that another process took from the same clock"
)]
pub(crate) fn micros() -> f64 {
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
