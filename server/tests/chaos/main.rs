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
mod seeds;
mod stage;
mod story;
mod telling;
mod weather;

use std::process::ExitCode;

use futures::StreamExt;
use report::Report;

#[tokio::main]
async fn main() -> ExitCode {
    let Some(seeds) = seeds::wanted() else { return ExitCode::SUCCESS };
    let mut report = Report::default();
    let stories = futures::stream::iter(seeds).map(async |seed| {
        let story = story::draw(seed, seeds::is_long(seed));
        let told = telling::tell(&story).await;
        (story, told)
    });
    let mut stories = Box::pin(stories.buffer_unordered(seeds::AT_ONCE));
    loop {
        tokio::select! {
            told = stories.next() => match told {
                Some((story, told)) => println!("{}", report.add(&story, &told)),
                None => break,
            },
            // What is dropped ends its processes.
            _ = tokio::signal::ctrl_c() => return ExitCode::FAILURE,
        }
    }
    println!("{}", report.table());
    if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
