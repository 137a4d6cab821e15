//! Unit and integration tests of all crates, with everything they can ask for: PostgreSQL, OpenCode, the keeper.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

use super::{Tally, failures};
use crate::{
    command::{Build, cargo, programs_for_checks, spelled},
    opencode,
    postgres::{Durability, Postgres},
    tools,
};

/// `but` are the names of tests that another part runs.
pub(super) fn run(rest: &[String], but: impl Iterator<Item = &'static str>) -> Result<Tally> {
    let (mut tests, _postgres) = tests()?;
    tests.args(rest);
    for (at, name) in but.enumerate() {
        tests.args(if at == 0 { &["--", "--exact"][..] } else { &[] }).args(["--skip", name]);
    }
    counted(&mut tests)
}

/// The call that runs tests, with everything they can ask for. PostgreSQL is there as long as it is held.
pub(super) fn tests() -> Result<(Command, Postgres)> {
    tools::for_unit_tests()?;
    let opencode = opencode::opencode()?;
    programs_for_checks()?;
    let postgres = Postgres::start(Durability::Fleeting)?;
    let mut tests = cargo(&["test", "--profile=ci", "--workspace", "--locked", "--no-fail-fast"]);
    tests.env("SLIPWAY_TEST_REQUIRE_ALL", "1");
    // Stories mostly wait for each other's programs: one more at a time than there are processors.
    let at_once = std::thread::available_parallelism().map_or(1, usize::from) + 1;
    tests.env("RUST_TEST_THREADS", at_once.to_string());
    tests.env("SLIPWAY_TEST_POSTGRES_URL", postgres.url());
    tests.env("SLIPWAY_OPENCODE", opencode);
    tests.env("SLIPWAY_KEEPER", Build::Ci.programs().join("slipway-keeper"));
    tests.env("PATH", opencode::path_with_ripgrep()?);
    Ok((tests, postgres))
}

/// Runs the tests, shows what they print, and adds up the results of all test programs.
pub(super) fn counted(tests: &mut Command) -> Result<Tally> {
    println!("$ {}", spelled(tests));
    let mut child = tests.stdout(Stdio::piped()).spawn().context("could not start cargo")?;
    let mut tally = Tally::default();
    let lines = BufReader::new(child.stdout.take().context("the tests have an output")?).lines();
    let mut printed = String::new();
    for line in lines {
        let line = line?;
        println!("{line}");
        printed += &line;
        printed.push('\n');
        if let Some(result) = result_of(&line) {
            tally.add(result);
        }
    }
    let succeeded = child.wait()?.success();
    if !succeeded && tally.failed == 0 {
        bail!("the tests could not be built, or one of their programs crashed");
    }
    tally.failures = failures::of_tests(&printed);
    Ok(tally)
}

/// What a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; ...` says, of a test program or of one with a main of its
/// own. A test left out has not passed.
fn result_of(line: &str) -> Option<Tally> {
    let result = line.strip_prefix("test result: ").or_else(|| line.strip_prefix("chaos result: "))?;
    let number = |word: &str| -> Option<u64> {
        let before = result.split(word).next()?.trim_end();
        before.rsplit(' ').next()?.parse().ok()
    };
    let failed = number(" failed")? + number(" ignored").unwrap_or(0);
    Some(Tally { passed: number(" passed")?, failed, ..Tally::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_their_line() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        let tally = |passed, failed| Some(Tally { passed, failed, ..Tally::default() });
        assert_eq!(result_of(line), tally(12, 4));
        assert_eq!(result_of("chaos result: 19 passed; 1 failed"), tally(19, 1));
        assert_eq!(result_of("running 3 tests"), None);
    }
}
