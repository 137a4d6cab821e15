//! `cargo xtask shots`: pictures of every page and state, in both sizes and themes, for people to look at.

use anyhow::Result;
use clap::Args;

use crate::{
    browser,
    command::{Build, must, target},
};

#[derive(Args)]
pub(crate) struct Options {
    /// Takes the build for checks instead of the release: the same pictures, sooner.
    #[arg(long)]
    quick: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let build = if options.quick { Build::Ci } else { Build::Release };
    let mut playwright = browser::story(build, "shots.config.ts")?;
    let folder = std::path::absolute(target().join("shots"))?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    must(playwright.env("SLIPWAY_SHOTS", &folder))?;
    println!("\nOpen {}", folder.join("index.html").display());
    Ok(())
}
