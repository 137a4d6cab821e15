//! Stories that Chromium plays with a built Slipway, outside of the tests: pictures, measurements.

pub(crate) mod lighthouse;
pub(crate) mod shots;

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{
    command::{Build, cargo, must, program, programs_for_checks, root},
    dist, opencode, site, tools,
};

/// Builds everything, and returns Playwright with this configuration of `end2end/`, ready to run.
pub(crate) fn story(build: Build, config: &str) -> Result<Command> {
    tools::for_browser_tests()?;
    let site = site::build(build)?;
    match build {
        Build::Ci | Build::Dev => programs_for_checks()?,
        Build::Release => {
            dist::programs()?;
            must(&mut cargo(&["build", "--release", "--package=slipway-test-support", "--bins"]))?;
        }
    }
    let mut playwright = program("npx");
    playwright.args(["--no-install", "playwright", "test", "--config", config]);
    playwright.current_dir(root().join("end2end"));
    playwright.env("SLIPWAY_PROGRAMS", std::path::absolute(build.programs())?);
    playwright.env("SLIPWAY_SITE", std::path::absolute(site)?);
    playwright.env("SLIPWAY_OPENCODE", std::path::absolute(opencode::opencode()?)?);
    playwright.env("CHROMIUM", tools::chromium().context("Chromium is not installed")?);
    playwright.env("PATH", opencode::path_with_ripgrep()?);
    Ok(playwright)
}
