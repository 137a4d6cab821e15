//! `cargo xtask shots`: pictures of every page and state, in both sizes and themes, for people to look at.

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    command::{Build, cargo, must, program, root, target},
    dist, opencode, site, tools,
};

#[derive(Args)]
pub(crate) struct Options {
    /// Takes the build for checks instead of the release: the same pictures, sooner.
    #[arg(long)]
    quick: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    tools::for_browser_tests()?;
    let build = if options.quick { Build::Ci } else { Build::Release };
    let site = site::build(build)?;
    match build {
        Build::Ci => must(&mut cargo(&["build", "--profile=ci", "--workspace", "--bins", "--locked"]))?,
        Build::Release => {
            dist::programs()?;
            must(&mut cargo(&["build", "--release", "--package=slipway-test-support", "--bins"]))?;
        }
    }
    let folder = std::path::absolute(target().join("shots"))?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut playwright = program("npx");
    playwright.args(["--no-install", "playwright", "test", "--config=shots.config.ts"]);
    playwright.current_dir(root().join("end2end"));
    playwright.env("SLIPWAY_PROGRAMS", std::path::absolute(build.programs())?);
    playwright.env("SLIPWAY_SITE", std::path::absolute(site)?);
    playwright.env("SLIPWAY_OPENCODE", std::path::absolute(opencode::opencode()?)?);
    playwright.env("SLIPWAY_SHOTS", &folder);
    playwright.env("CHROMIUM", tools::chromium().context("Chromium is not installed")?);
    playwright.env("PATH", opencode::path_with_ripgrep()?);
    must(&mut playwright)?;
    println!("\nOpen {}", folder.join("index.html").display());
    Ok(())
}
