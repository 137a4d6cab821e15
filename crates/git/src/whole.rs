//! A checkout that leaves this machine, or outlives its mirror: with every object that its own history needs.
//!
//! It takes what the session made and the files of its base along, not the repository's history before that. With a mirror
//! that knows the base it has that too; without, its history begins at the base.

use std::path::Path;

use crate::{
    Git, GitError, borrowed,
    checkout::{format_of, must_be_commit_id},
};

const WHOLE: &str = concat!(include_str!("inside/shadow.sh"), include_str!("inside/whole.sh"));
const RELINK: &str = concat!(include_str!("inside/shadow.sh"), include_str!("inside/relink.sh"));

impl Git {
    /// Copies into the checkout what it needs of the objects that it borrows. What it does not know any more stays unknown:
    /// a damaged repository is no reason to keep a session here, nor is one that the agent removed.
    pub async fn make_whole(&self, checkout: &Path, base_commit: &str) -> Result<(), GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        if !checkout.join(".git/objects").is_dir() {
            return Ok(());
        }
        let settings = [("BASE", base_commit), ("FORMAT", format_of(base_commit))];
        self.runner
            .inside("pack-objects", WHOLE, self.view_of(checkout), &[checkout], &settings)
            .await
            .map(drop)
    }

    /// Lets a checkout that was elsewhere borrow from this mirror, if there is one and it knows the base.
    pub async fn relink(&self, checkout: &Path, base_commit: &str, mirror: &Path) -> Result<(), GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        borrowed::note(checkout, mirror)?;
        if !checkout.join(".git/objects").is_dir() {
            return Ok(());
        }
        let settings = [("BASE", base_commit), ("FORMAT", format_of(base_commit))];
        let view = self.view_of(checkout);
        let said = self.runner.inside("relink", RELINK, view, &[checkout, mirror], &settings).await?;
        if said.trim() == "lost" {
            return Err(GitError::Failed(
                "The session's checkout lacks the commit it began with, and the repository no longer has it either."
                    .into(),
            ));
        }
        Ok(())
    }
}
