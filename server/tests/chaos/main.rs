//! Crash tests: stories over the real programs, whose steps and faults follow from a seed.
//!
//! `cargo xtask test --only chaos [--seeds N | --seed S]`. Without the variables that this sets nothing is done, so that `cargo test`
//! of everything stays quick.

#![expect(clippy::print_stdout, reason = "it is a program that reports")]

mod account;
mod browser;
mod desk;
mod difference;
mod follower;
mod host;
mod invariants;
mod patience;
mod processes;
mod report;
mod rest;
mod script;
mod stage;
mod story;
mod telling;
mod weather;

use std::{env, ops::Range, process::ExitCode};

use futures::StreamExt;
use report::Report;

/// Stories told at the same time: they wait more than they work.
const AT_ONCE: usize = 3;
/// From so many seeds on there is time for the long stops.
const LONG: u64 = 100;

#[tokio::main]
async fn main() -> ExitCode {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    let seeds: Range<u64> = match (number("SLIPWAY_CHAOS_SEED"), number("SLIPWAY_CHAOS_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(count)) => 1..count + 1,
        (None, None) => return ExitCode::SUCCESS,
    };
    let mut report = Report::default();
    let stories = futures::stream::iter(seeds).map(async |seed| {
        let story = story::draw(seed, seed > LONG);
        let told = telling::tell(&story).await;
        (story, told)
    });
    let mut stories = Box::pin(stories.buffer_unordered(AT_ONCE));
    while let Some((story, told)) = stories.next().await {
        println!("{}", report.add(&story, &told));
    }
    println!("{}", report.table());
    if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
