//! Checkpoints: what a checkout's files were at a moment, so that what a turn did to them can be told, undone and redone.
//!
//! A checkpoint is a commit without parents, kept alive by a reference below `refs/slipway/checkpoints/` of the checkout, whose
//! objects are the checkout's own. It holds every file that is not ignored, byte by byte: attributes change nothing on the
//! way. HEAD, branches and the agent's index have no part in it, so a merge, a rebase or a lock of the agent's do not
//! matter.
//!
//! Not recorded are other repositories inside the checkout, what cannot be read, and files larger than 100 MiB: these are data
//! sets and disk images, and a copy of one for every turn would fill the disk. What is not recorded is never touched.
//! The newest 500 checkpoints are held, which is 250 turns.

use std::path::Path;

use slipway_protocol::ChangedFile;

use crate::{
    Git, GitError,
    checkout::{format_of, must_be_commit_id, read_changes},
};

const MARK: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/exact.sh"),
    include_str!("inside/keep.sh"),
    include_str!("inside/mark.sh")
);
const DIFFERENCE: &str = concat!(include_str!("inside/shadow.sh"), include_str!("inside/difference.sh"));
const RESTORE: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/exact.sh"),
    include_str!("inside/restore.sh")
);

/// The largest file that a checkpoint records, as find(1) says it.
const LARGEST: &str = "100M";

/// The most paths that are named as touched.
const MOST_TOUCHED: &str = "100";

/// The same files give the same checkpoint, whenever it is made.
pub(crate) const NOBODY: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "Slipway"),
    ("GIT_AUTHOR_EMAIL", "agent@slipway.invalid"),
    ("GIT_AUTHOR_DATE", "@0 +0000"),
    ("GIT_COMMITTER_NAME", "Slipway"),
    ("GIT_COMMITTER_EMAIL", "agent@slipway.invalid"),
    ("GIT_COMMITTER_DATE", "@0 +0000"),
];

/// What became of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Every file that differs between the two checkpoints is as in the second now; so many they are.
    Done { files: usize },
    /// Nothing was changed: these files, at most 100, are no longer as the first checkpoint has them.
    Touched(Vec<String>),
}

impl Git {
    /// Records the checkout's files under `name` and returns the checkpoint's id. The ids of two checkpoints are the same
    /// if and only if the files are.
    pub async fn mark(&self, checkout: &Path, base_commit: &str, name: &str) -> Result<String, GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        must_be_name(name)?;
        let settings =
            [("BASE", base_commit), ("FORMAT", format_of(base_commit)), ("NAME", name), ("LARGEST", LARGEST)];
        let settings = [&settings[..], &NOBODY].concat();
        let said =
            self.runner.inside("checkpoint", MARK, self.view_of(checkout), &[checkout], &settings).await?;
        Ok(said.trim().to_owned())
    }

    /// The files that differ between two checkpoints.
    pub async fn difference(
        &self,
        checkout: &Path,
        from: &str,
        to: &str,
    ) -> Result<Vec<ChangedFile>, GitError> {
        must_be_commit_id(from)?;
        must_be_commit_id(to)?;
        if from == to {
            return Ok(Vec::new());
        }
        let _alone = self.locks.lock(checkout).await;
        let settings = [("FROM", from), ("TO", to), ("FORMAT", format_of(from))];
        let listed =
            self.runner.inside("diff", DIFFERENCE, self.view_of(checkout), &[checkout], &settings).await?;
        if listed.ends_with("gone\n") { Err(gone()) } else { Ok(read_changes(&listed)) }
    }

    /// Brings exactly the files that differ between two checkpoints from their state in the first to their state in the second.
    /// If one of them is in neither state, nothing is changed. After a crash half way, the same again completes it.
    pub async fn restore(&self, checkout: &Path, from: &str, to: &str) -> Result<Restored, GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(from)?;
        must_be_commit_id(to)?;
        let settings = [("FROM", from), ("TO", to), ("FORMAT", format_of(from)), ("MOST", MOST_TOUCHED)];
        let said =
            self.runner.inside("restore", RESTORE, self.view_of(checkout), &[checkout], &settings).await?;
        match said.split_once('\0') {
            Some(("done", files)) => Ok(Restored::Done { files: files.trim().parse().unwrap_or(0) }),
            Some(("touched", paths)) => {
                Ok(Restored::Touched(paths.split_terminator('\0').map(str::to_owned).collect()))
            }
            _ => Err(gone()),
        }
    }
}

pub(crate) fn gone() -> GitError {
    GitError::Failed("The files of that turn are no longer kept in the checkout.".into())
}

/// A name becomes a reference and a file.
pub(crate) fn must_be_name(name: &str) -> Result<(), GitError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let allowed = (1..=100).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(plain);
    let refused = || GitError::Failed(format!("\"{name}\" cannot be the name of a checkpoint."));
    allowed.then_some(()).ok_or_else(refused)
}
