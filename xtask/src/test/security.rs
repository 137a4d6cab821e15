//! What is promised about security, each promise attacked: a table of threat, attack and result.
//!
//! The attacks are tests like others, and run with them too; here only they run, and say what they are about.

mod threats;

use std::{collections::HashMap, process::Stdio};

use anyhow::{Context as _, Result};

use super::{Tally, failures, unit};
use crate::command::spelled;
use threats::{LINES, OF_THE_AGENT};

pub(super) fn run() -> Result<Tally> {
    let (mut tests, _postgres) = unit::tests()?;
    tests.args(["--lib", "--bins", "--test", "it", "--test", "markdown", "--", "--exact", "--show-output"]);
    // What a test says is shown when all are over: said at once, it would stand between another's name and its result.
    tests.arg("--test-threads=2").args(tests_of_promises());
    println!("$ {}", spelled(&tests));
    let output = tests.stdout(Stdio::piped()).output().context("could not start cargo")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut table: Vec<Row> = said.lines().filter_map(Row::of_attack).collect();
    if table.is_empty() {
        println!("{said}");
        table.push(Row::new("an agent's own shell", "all of its attacks", "NOT RUN"));
    }
    let results = results(&said);
    table.extend(LINES.iter().map(|line| {
        let result = match results.get(line.test) {
            Some(true) => "held",
            Some(false) => "FAILED",
            None => "NOT RUN",
        };
        Row::new(line.threat, line.attack, result)
    }));
    let mut tally = Tally::default();
    for Row { threat, attack, result } in &table {
        println!("{threat:<22} {result:<8} {attack}");
        tally.count(result == "held");
    }
    if tally.failed > 0 {
        println!("\n{}", String::from_utf8_lossy(&output.stderr));
        tally.failures = failures::of_tests(&said);
    }
    Ok(tally)
}

/// Who runs these need not run them elsewhere.
pub(super) fn tests_of_promises() -> impl Iterator<Item = &'static str> {
    std::iter::once(OF_THE_AGENT).chain(LINES.iter().map(|line| line.test))
}

struct Row {
    threat: String,
    attack: String,
    result: String,
}

impl Row {
    fn new(threat: &str, attack: &str, result: &str) -> Self {
        Self { threat: threat.into(), attack: attack.into(), result: result.into() }
    }

    /// `attack | THREAT | ATTACK | RESULT`
    fn of_attack(line: &str) -> Option<Self> {
        let mut cells = line.split_once("attack | ")?.1.split(" | ");
        Some(Self::new(cells.next()?, cells.next()?, cells.next()?))
    }
}

/// What each test came to.
fn results(said: &str) -> HashMap<&str, bool> {
    let tests = said.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    tests.map(|(name, result)| (name, result.trim() == "ok")).collect()
}
