//! Every class that a page uses has a rule in the finished style sheet.

use anyhow::{Result, ensure};

use super::Tally;
use crate::{command::target, css};

pub(super) fn run() -> Result<Tally> {
    let out = target().join("tw/check.css");
    css::build(&out, false)?;
    let (used, missing) = css::missing(&std::fs::read_to_string(out)?)?;
    ensure!(used > 0, "no class was found in the sources: the check looks in the wrong place");
    for line in &missing {
        println!("{line}");
    }
    let failed = missing.len() as u64;
    Ok(Tally { passed: used as u64 - failed, failed, ..Tally::default() })
}
