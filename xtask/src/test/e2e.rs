//! Browser tests: Chromium against the real server, the real OpenCode and a scripted model.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Tally, failures};
use crate::{
    command::{Build, program, programs_for_checks, root, succeeds, target},
    opencode, site, tools,
};

pub(super) fn run(rest: &[String]) -> Result<Tally> {
    tools::for_browser_tests()?;
    let opencode = opencode::opencode()?;
    programs_for_checks()?;
    let site = site::build(Build::Ci)?;
    let folder = root().join("end2end");
    let mut tally = Tally::default();
    tally.count(succeeds(program("npx").args(["--no-install", "tsc", "--noEmit"]).current_dir(&folder))?);

    let report = target().join("end2end/results.json");
    std::fs::remove_file(&report).ok();
    let mut playwright = program("npx");
    playwright.args(["--no-install", "playwright", "test"]).args(rest).current_dir(&folder);
    let programs = absolute(Build::Ci.programs())?;
    playwright.env("SLIPWAY_PROGRAMS", &programs);
    playwright.env("SLIPWAY_SITE", absolute(site)?);
    playwright.env("SLIPWAY_OPENCODE", absolute(opencode)?);
    playwright.env("CHROMIUM", tools::chromium().context("Chromium is not installed")?);
    playwright.env("PLAYWRIGHT_JSON_OUTPUT_FILE", absolute(report.clone())?);
    playwright.env("PATH", opencode::path_with_ripgrep()?);
    let succeeded = succeeds(&mut playwright)?;
    let report = std::fs::read_to_string(&report).context("the browser tests left no report")?;
    let browser =
        counts(&serde_json::from_str(&report)?).context("the browser tests' report has no numbers")?;
    if !succeeded && browser.failed == 0 {
        tally.count(false);
    }
    tally.add(browser);
    Ok(tally)
}

/// A test that passed only at its second try, or was left out, has not passed.
fn counts(report: &Value) -> Option<Tally> {
    let stats = report.get("stats")?;
    let number = |name: &str| stats.get(name).and_then(Value::as_u64);
    Some(Tally {
        passed: number("expected")?,
        failed: number("unexpected")? + number("flaky")? + number("skipped")?,
        failures: failures::of_browser_tests(report),
    })
}

fn absolute(path: std::path::PathBuf) -> Result<std::path::PathBuf> {
    Ok(std::path::absolute(path)?)
}
