//! What a session has changed, file by file: against its base, or what one turn did.
//!
//! Both sides are trees: the checkout's files as they would be committed now, or the checkpoints around a turn. They are
//! compared in the shadow, by content alone: no driver, no filter and no attribute of the repository has a say. Everything is
//! bounded; what is left out is counted.

mod listing;
mod patch;

use std::path::Path;

use slipway_protocol::{FileChange, FileChanges, FileContent, FileDiff};

use self::{listing::Listed, patch::read_patches};
use crate::{
    Git, GitError,
    checkout::{format_of, must_be_commit_id},
    checkpoint::gone,
};

/// A larger file is named and not read, as find(1) says it; and the same in bytes.
const LARGEST: &str = "5M";
const LARGEST_BYTES: u64 = 5 << 20;

/// Files that are listed.
const MOST_FILES: usize = 2_000;

/// Bytes of files, and of their names, whose changes are read at once: what git says of them must fit.
const MOST_BYTES: u64 = 6 << 20;
const MOST_NAMES: usize = 60_000;

const SHADOW: &str = include_str!("inside/shadow.sh");
const INDEX: &str = concat!(include_str!("inside/entries.sh"), include_str!("inside/index.sh"));
const TREE: &str = include_str!("inside/tree.sh");
const TURN: &str = include_str!("inside/turn.sh");
const COMPARE: &str = include_str!("inside/compare.sh");
const LIST: &str = include_str!("inside/list.sh");
const PATCH: &str = include_str!("inside/patch.sh");

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub enum Ends<'a> {
    /// A commit, with the checkout's files as they are now.
    SinceBase(&'a str),
    /// Two checkpoints.
    Between(&'a str, &'a str),
}

impl Ends<'_> {
    fn script(self, what: &str) -> String {
        match self {
            Self::SinceBase(_) => [SHADOW, INDEX, TREE, COMPARE, what].concat(),
            Self::Between(..) => [SHADOW, TURN, COMPARE, what].concat(),
        }
    }

    fn settings(&self) -> Result<Vec<(&'static str, &str)>, GitError> {
        let settings = match self {
            Self::SinceBase(base) => vec![("BASE", *base), ("LARGEST", LARGEST)],
            Self::Between(from, to) => vec![("FROM", *from), ("TO", *to)],
        };
        for (_, id) in settings.iter().filter(|(name, _)| *name != "LARGEST") {
            must_be_commit_id(id)?;
        }
        Ok([settings.as_slice(), &[("FORMAT", format_of(settings[0].1))]].concat())
    }
}

impl Git {
    /// The files that differ.
    pub async fn file_changes(&self, checkout: &Path, ends: Ends<'_>) -> Result<FileChanges, GitError> {
        let _alone = self.locks.lock(checkout).await;
        let listed = self.list(checkout, ends).await?;
        let left_out = listed.len().saturating_sub(MOST_FILES) as u32;
        let files = listed.into_iter().take(MOST_FILES).map(|listed| listed.change).collect();
        Ok(FileChanges { files, left_out })
    }

    /// How the text of these files differs, as far as they do and it fits, by path.
    pub async fn file_diffs(
        &self,
        checkout: &Path,
        ends: Ends<'_>,
        paths: &[String],
    ) -> Result<Vec<(FileChange, FileDiff)>, GitError> {
        let _alone = self.locks.lock(checkout).await;
        let listed = self.list(checkout, ends).await?;
        let wanted: Vec<Listed> = listed
            .into_iter()
            .filter(|listed| listed.change.content != FileContent::Repository && !listed.is_large())
            .filter(|listed| paths.contains(&listed.change.path))
            .scan((0, 0), |(bytes, names), listed| {
                *bytes += listed.bytes;
                *names += listed.name.len() + listed.old_name.as_ref().map_or(0, Vec::len);
                Some((*bytes <= MOST_BYTES.max(listed.bytes) && *names <= MOST_NAMES).then_some(listed))
            })
            .flatten()
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&[u8]> = wanted.iter().flat_map(Listed::names).collect();
        let names = names.join(&0);
        let script = ends.script(PATCH);
        let (view, settings) = (self.view_of(checkout), ends.settings()?);
        let said = self.runner.inside_with("diff", &script, view, &[checkout], &settings, names).await?;
        let mut diffs = read_patches(&said)?;
        let of = |listed: Listed| {
            let at = diffs.iter().position(|(name, _)| *name == listed.name)?;
            Some((listed.change, diffs.swap_remove(at).1))
        };
        Ok(wanted.into_iter().filter_map(of).collect())
    }

    /// All that differs. The caller holds the checkout's lock.
    pub(crate) async fn list(&self, checkout: &Path, ends: Ends<'_>) -> Result<Vec<Listed>, GitError> {
        let script = ends.script(LIST);
        let (view, settings) = (self.view_of(checkout), ends.settings()?);
        let said = self.runner.inside_with("diff", &script, view, &[checkout], &settings, Vec::new()).await?;
        if said == b"gone\n" { Err(gone()) } else { listing::read(&said) }
    }
}

/// What was read is not what git says; the log has the command.
fn garbled() -> GitError {
    GitError::Failed("The changes could not be read.".into())
}
