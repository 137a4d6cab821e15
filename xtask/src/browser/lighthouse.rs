//! `cargo xtask lighthouse`: Lighthouse's judgement of a long session on a phone, and the same session in OpenCode's own
//! interface beside it.

use anyhow::Result;
use clap::Args;

use crate::{
    browser,
    command::{Build, must},
};

#[derive(Args)]
pub(crate) struct Options {
    /// Takes the build for checks instead of the release, prints what it measures and judges nothing by its speed.
    #[arg(long)]
    quick: bool,
    /// Questions and answers that the session holds.
    #[arg(long, default_value_t = 500)]
    messages: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let build = if options.quick { Build::Ci } else { Build::Release };
    let mut playwright = browser::story(build, "lighthouse.config.ts")?;
    playwright.env("SLIPWAY_MESSAGES", options.messages.to_string());
    if options.quick {
        playwright.env("SLIPWAY_QUICK", "1");
    }
    must(&mut playwright)
}
