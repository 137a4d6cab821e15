//! Formatting.

use anyhow::Result;

use super::Tally;
use crate::command::{cargo, succeeds};

pub(super) fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    tally.count(succeeds(&mut cargo(&["fmt", "--all", "--check"]))?);
    Ok(tally)
}
