//! The browser's program: linted and built for its own target.

use anyhow::Result;

use super::Tally;
use crate::{
    command::{Build, cargo, succeeds},
    site, tools,
};

pub(super) fn run() -> Result<Tally> {
    tools::wasm_target()?;
    let mut tally = Tally::default();
    let clippy = [
        "clippy",
        "--profile=ci",
        "--package=frontend",
        "--target=wasm32-unknown-unknown",
        "--locked",
        "--",
        "-Dwarnings",
    ];
    tally.count(succeeds(&mut cargo(&clippy))?);
    site::program(Build::Ci)?;
    tally.count(true);
    Ok(tally)
}
