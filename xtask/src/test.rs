//! `cargo xtask test`: every check of the project, each a part that can be run alone.

mod chaos;
mod css;
mod deny;
mod e2e;
mod failures;
mod fmt;
mod licences;
mod lint;
mod metadata;
mod security;
mod tidy;
mod unit;
mod wasm;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these parts; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    #[command(flatten)]
    seeds: chaos::Seeds,
    /// Passed on to the test runner of the part: a filter, for instance.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// The parts, in the order in which they run: the quick ones first.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// rustfmt.
    Fmt,
    /// The rules of ARCHITECTURE.md that a program can see.
    Tidy,
    /// Licences, banned and doubled packages, sources.
    Deny,
    /// clippy and rustdoc for everything native.
    Lint,
    /// clippy and build of the browser's program.
    Wasm,
    /// Every class used has a rule.
    Css,
    /// Unit and integration tests, on SQLite and PostgreSQL.
    Unit,
    /// Each promise about security, attacked; a table of threats.
    Security,
    /// Crash tests: processes killed, frozen and cut off, at moments drawn from a seed.
    Chaos,
    /// A real browser, the real server, the real OpenCode, a scripted model.
    E2e,
}

impl Part {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, Options { rest, seeds, only }: &Options) -> Result<Tally> {
        // Among all parts no test runs twice.
        let elsewhere = security::tests_of_promises().filter(|_| only.is_empty());
        match self {
            Self::Fmt => fmt::run(),
            Self::Tidy => tidy::run(),
            Self::Deny => deny::run(),
            Self::Lint => lint::run(),
            Self::Wasm => wasm::run(),
            Self::Css => css::run(),
            Self::Unit => unit::run(rest, elsewhere),
            Self::Security => security::run(),
            Self::Chaos => chaos::run(seeds),
            Self::E2e => e2e::run(rest),
        }
    }
}

/// How a part went.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    /// What failed and what it said, where a part can tell.
    failures: Vec<String>,
}

impl Tally {
    /// One more thing looked at.
    fn count(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let parts: Vec<Part> =
        if options.only.is_empty() { Part::value_variants().to_vec() } else { options.only.clone() };
    if options.seeds.are_given() && !parts.contains(&Part::Chaos) {
        bail!("--seeds and --seed are for the part chaos: cargo xtask test --only chaos --seeds 500");
    }
    let begun = Instant::now();
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for part in parts {
        println!("\n=== {} ===", part.name());
        let started = Instant::now();
        // A part that could not even run has failed; the others still tell what they know.
        let tally = part.run(options).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally {
                failed: 1,
                failures: vec![format!("FAILED {}\n    {error:#}", part.name())],
                ..Tally::default()
            }
        });
        println!("{}: {} passed, {} failed", part.name(), tally.passed, tally.failed);
        lines.push(format!(
            "{:>6}  {:>5} passed  {:>3} failed  {:>5} s",
            part.name(),
            tally.passed,
            tally.failed,
            started.elapsed().as_secs()
        ));
        total.add(tally);
    }
    for failure in &total.failures {
        println!("\n{failure}");
    }
    println!("\n{}", lines.join("\n"));
    println!("total: {} passed, {} failed in {} s", total.passed, total.failed, begun.elapsed().as_secs());
    if total.failed > 0 {
        bail!("{} failed", total.failed);
    }
    Ok(())
}
