//! What a checkout brings for its agent and the agent does not get to see: walls cover it, and the agent's own git leaves it alone.
//!
//! Jobs see it as it is, so changes, checkpoints and deliveries stay true. The agent would see files that are empty or gone, and
//! its next commit would say so; therefore their entries in its index are marked (`skip-worktree`, as git itself does for what a
//! sparse checkout leaves out). A copy of that index in a shadow has no such marks.
//!
//! Walls cover plain files and folders. Anything else (a link, wherever it leads; a pipe) is put aside in `.git/slipway-aside`, and
//! comes back when it may be seen.
//!
//! Invariant: no link is followed, and nothing is lost.

use std::path::Path;

use crate::{
    Git, GitError,
    checkout::{format_of, must_be_commit_id},
};

/// The marks are a courtesy: where they fail, the agent still does not see it, and starts all the same.
const KEEP_OUT: &str = concat!(
    include_str!("inside/configured.sh"),
    "set +e\n(\nset -e\n",
    include_str!("inside/shadow.sh"),
    include_str!("inside/entries.sh"),
    include_str!("inside/configured_index.sh"),
    ")\nexit 0\n"
);

/// What the agent of a checkout must not see, by its name at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Plain files and folders, for walls to cover.
    pub covered: Vec<String>,
    /// What is not in its place meanwhile.
    pub aside: Vec<String>,
}

impl Git {
    /// Makes ready that an agent does not see what is there under these names at the top of its checkout.
    pub async fn hide(&self, checkout: &Path, base_commit: &str, names: &[&str]) -> Result<Hidden, GitError> {
        let said = self.keep_out(checkout, base_commit, names, "hide").await?;
        let mut hidden = Hidden::default();
        for (word, name) in said.split('\0').filter_map(|line| line.split_once(' ')) {
            let known = names.contains(&name);
            match word {
                "covered" if known => hidden.covered.push(name.to_owned()),
                "aside" if known => hidden.aside.push(name.to_owned()),
                _ => return Err(GitError::Failed("What is to be hidden could not be told.".into())),
            }
        }
        Ok(hidden)
    }

    /// Takes all of that back.
    pub async fn show(&self, checkout: &Path, base_commit: &str, names: &[&str]) -> Result<(), GitError> {
        self.keep_out(checkout, base_commit, names, "show").await.map(|_| ())
    }

    async fn keep_out(
        &self,
        checkout: &Path,
        base_commit: &str,
        names: &[&str],
        how: &str,
    ) -> Result<String, GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        let names = names.join(" ");
        let settings = [("HOW", how), ("NAMES", &names), ("FORMAT", format_of(base_commit))];
        self.runner.inside("hide", KEEP_OUT, self.view_of(checkout), &[checkout], &settings).await
    }
}
