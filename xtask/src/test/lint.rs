//! clippy and rustdoc over everything native; any warning fails.

use anyhow::Result;

use super::Tally;
use crate::command::{cargo, succeeds};

pub(super) fn run() -> Result<Tally> {
    let mut tally = Tally::default();
    let clippy = ["clippy", "--profile=ci", "--workspace", "--all-targets", "--locked", "--", "-Dwarnings"];
    tally.count(succeeds(&mut cargo(&clippy))?);
    let mut doc =
        cargo(&["doc", "--profile=ci", "--workspace", "--no-deps", "--document-private-items", "--locked"]);
    tally.count(succeeds(doc.env("RUSTDOCFLAGS", "-Dwarnings"))?);
    Ok(tally)
}
