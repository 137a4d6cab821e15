//! Which functions of the browser's program belong to its rest: those that no page called while it came alive and an answer
//! streamed into it, when `cargo xtask record` looked.
//!
//! They are kept as marks of their names. A function that is not among them is in the first half, so an old list costs bytes only.

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::command::root;

/// What these crates do goes by what was said: no recording calls all of it.
const READ_WHAT_WAS_SAID: [&str; 2] = ["slipway_markdown", "pulldown_cmark"];

/// Marks in a line of the file.
const IN_A_LINE: usize = 16;

pub(crate) struct Rest(BTreeSet<u32>);

impl Rest {
    pub(super) fn read() -> Result<Self> {
        let path = file();
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let marks = text.split_whitespace().map(|mark| u32::from_str_radix(mark, 16));
        Ok(Self(
            marks.collect::<Result<_, _>>().context("frontend/rest.txt holds something else than marks")?,
        ))
    }

    /// All of these functions but those that were called, or can be at any moment. Functions of one name stay together.
    pub(crate) fn of(all: &[String], called: &BTreeSet<&str>) -> Self {
        let reads = |name: &str| READ_WHAT_WAS_SAID.iter().any(|reader| name.contains(reader));
        let (first, rest): (Vec<_>, Vec<_>) =
            all.iter().map(String::as_str).partition(|name| called.contains(name) || reads(name));
        let first: BTreeSet<u32> = first.into_iter().map(mark).collect();
        Self(rest.into_iter().map(mark).filter(|mark| !first.contains(mark)).collect())
    }

    pub(crate) fn write(&self) -> Result<()> {
        let marks: Vec<String> = self.0.iter().map(|mark| format!("{mark:08x}")).collect();
        let lines: Vec<String> = marks.chunks(IN_A_LINE).map(|line| line.join(" ") + "\n").collect();
        Ok(std::fs::write(file(), lines.concat())?)
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.0.contains(&mark(name))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

fn file() -> PathBuf {
    root().join("frontend/rest.txt")
}

/// The same on every machine: what the compiler adds to tell versions and builds apart is left out.
fn mark(name: &str) -> u32 {
    let plain = format!("{:#}", rustc_demangle::demangle(name));
    let digest = Sha256::digest(plain.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_called_under_any_name_of_its_own_is_not_of_the_rest() {
        let (first, second) = ("_ZN3app4open17h0123456789abcdefE", "_ZN3app4open17hfedcba9876543210E");
        let close = "_ZN3app5close17h0123456789abcdefE";
        let rest = Rest::of(&[first, second, close].map(Into::into), &BTreeSet::from([second]));
        assert_eq!(rest.len(), 1);
        assert!(rest.holds("_ZN3app5close17h1111111111111111E"));
        assert!(!rest.holds(first) && !rest.holds(second) && !rest.holds("_ZN3app3newE"));
    }

    #[test]
    fn what_reads_messages_is_not_of_the_rest_whatever_it_was_given() {
        let item = "_ZN14pulldown_cmark5parse4item17h0123456789abcdefE";
        assert_eq!(Rest::of(&[item.into()], &BTreeSet::new()).len(), 0);
    }
}
