//! One entry for people and for CI: `cargo xtask run | test | bench | fuzz | shots | lighthouse | dist`.
#![expect(clippy::print_stdout, reason = "a command-line tool speaks on its standard output")]

mod bench;
mod browser;
mod command;
mod css;
mod dist;
mod fuzz;
mod npm;
mod opencode;
mod postgres;
mod run;
mod site;
mod test;
mod tools;

use std::process::ExitCode;

use browser::{lighthouse, shots};
use clap::Parser;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Runs, tests, measures and packs Slipway.")]
enum Task {
    /// Installs what is missing, builds everything and starts Slipway.
    Run(run::Options),
    /// Installs what the tests need and runs them all.
    Test(test::Options),
    /// Measures, prints a table and writes target/bench/*.json.
    Bench(bench::Options),
    /// Feeds hostile input to what reads strangers' words, until something is found or time is up.
    Fuzz(fuzz::Options),
    /// Takes pictures of every page and state: target/shots/index.html.
    Shots(shots::Options),
    /// Measures a long session on a phone with Lighthouse, and beside OpenCode's own interface.
    Lighthouse(lighthouse::Options),
    /// Makes the release for this platform in target/dist.
    Dist,
}

fn main() -> ExitCode {
    // For whatever speaks HTTP, here or over TLS.
    rustls::crypto::ring::default_provider().install_default().ok();
    let result = match Task::parse() {
        Task::Run(options) => run::run(options),
        Task::Test(options) => test::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Fuzz(options) => fuzz::run(&options),
        Task::Shots(options) => shots::run(&options),
        Task::Lighthouse(options) => lighthouse::run(&options),
        Task::Dist => dist::run(),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("{error:#}");
    ExitCode::FAILURE
}
