//! Discarding what a session did to one file.

use std::path::Path;

use crate::{
    Ends, Git, GitError, Restored,
    checkout::{format_of, must_be_commit_id},
    checkpoint::{NOBODY, gone, must_be_name},
};

const WITHOUT: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/exact.sh"),
    include_str!("inside/keep.sh"),
    include_str!("inside/without.sh")
);

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discarded {
    /// The file is as in the base; the files are as in this checkpoint now.
    Done { after: String },
    /// Somebody changed these files just now; nothing was done.
    Touched(Vec<String>),
}

impl Git {
    /// Brings one file back to its state in the base: what is new goes away, what was renamed is where it was. `before` is
    /// a checkpoint of the files as they are, to which one can come back; that of afterwards is recorded as `name`.
    pub async fn discard(
        &self,
        checkout: &Path,
        base_commit: &str,
        before: &str,
        path: &str,
        name: &str,
    ) -> Result<Discarded, GitError> {
        must_be_commit_id(before)?;
        must_be_name(name)?;
        let after = {
            let _alone = self.locks.lock(checkout).await;
            // Only what git itself lists as changed: a path from elsewhere reaches no command.
            let listed = self.list(checkout, Ends::SinceBase(base_commit)).await?;
            let listed = listed.iter().find(|listed| listed.change.path == path);
            let listed =
                listed.ok_or_else(|| GitError::Failed(format!("{path} has no changes any more.")))?;
            let names: Vec<&[u8]> = listed.names().collect();
            self.without(checkout, base_commit, before, path, names.join(&0), name).await?
        };
        match self.restore(checkout, before, &after).await? {
            Restored::Done { .. } => Ok(Discarded::Done { after }),
            Restored::Touched(paths) => Ok(Discarded::Touched(paths)),
        }
    }

    async fn without(
        &self,
        checkout: &Path,
        base: &str,
        before: &str,
        path: &str,
        names: Vec<u8>,
        name: &str,
    ) -> Result<String, GitError> {
        let settings = [("BASE", base), ("FROM", before), ("FORMAT", format_of(base)), ("NAME", name)];
        let settings = [&settings[..], &NOBODY].concat();
        let said = self
            .runner
            .inside_with("discard", WITHOUT, self.view_of(checkout), &[checkout], &settings, names)
            .await?;
        match String::from_utf8_lossy(&said).trim() {
            "gone" => Err(gone()),
            "unrecorded" => Err(GitError::Failed(format!(
                "{path} is another repository or too large, so this could not be taken back. Nothing was changed."
            ))),
            "others" => Err(GitError::Failed(format!(
                "Other files stand where {path} was. Discard them first. Nothing was changed."
            ))),
            commit => Ok(commit.to_owned()),
        }
    }
}
