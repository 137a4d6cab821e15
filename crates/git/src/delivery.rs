//! Delivery: a session's work as a branch of the repository it came from.
//!
//! The sandbox commits and writes a bundle. The server reads that bundle into a throw-away repository, which borrows the
//! target's objects and checks every new one, and from there fetches one branch into the target. The person's branches
//! and working copy are never touched.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{
    Git, GitError,
    checkout::{format_of, must_be_commit_id},
    mirror::{Checks, cannot, clear},
};

const DELIVER: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/entries.sh"),
    include_str!("inside/index.sh"),
    include_str!("inside/deliver.sh")
);

/// The largest bundle that is read.
const BUNDLE_LIMIT: u64 = 512 * 1024 * 1024;

/// Only branches under this prefix are ever written.
const PREFIX: &str = "slipway/";

/// What is to be delivered, and as what.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    pub checkout: &'a Path,
    pub base_commit: &'a str,
    /// The branch that is written, under `slipway/`.
    pub branch: &'a str,
    /// Of the commit that holds what is outstanding.
    pub message: &'a str,
    /// Name and address of the person.
    pub author: (&'a str, &'a str),
    /// A folder that is used meanwhile, and removed.
    pub scratch: &'a Path,
}

/// What came into the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    pub commit: String,
    pub branch: String,
    /// Commits since the base.
    pub commits: usize,
}

/// Removes a folder when it goes out of scope.
pub(crate) struct Scratch<'a>(&'a Path);

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed before the next delivery.
        let _ = clear(self.0);
    }
}

impl Git {
    /// Commits what is outstanding in the checkout, in the person's name, and puts the session's commits into `target` as
    /// its branch. The same again brings what is new since.
    pub async fn deliver(&self, delivery: Delivery<'_>, target: &Path) -> Result<Delivered, GitError> {
        let _alone = self.locks.lock(delivery.checkout).await;
        must_be_commit_id(delivery.base_commit)?;
        self.must_be_free(delivery.branch, target).await?;
        let (delivered, checked, _scratch) = self.take_out(delivery, target).await?;
        self.hand_over(&checked, delivery.branch, target).await?;
        Ok(delivered)
    }

    /// Commits, and reads the session's commits into a checked repository, which borrows from `known` and goes with the scratch.
    pub(crate) async fn take_out<'a>(
        &self,
        delivery: Delivery<'a>,
        known: &Path,
    ) -> Result<(Delivered, PathBuf, Scratch<'a>), GitError> {
        let Delivery { checkout, base_commit, branch, message, author, scratch } = delivery;
        clear(scratch)?;
        std::fs::create_dir_all(scratch).map_err(|error| cannot("make", scratch, &error))?;
        let held = Scratch(scratch);
        let bundle = scratch.join("session.bundle");
        let commit = self.pack(checkout, base_commit, message, author, &bundle).await?;
        let checked = scratch.join("checked.git");
        self.unpack(&bundle, &checked, known, format_of(base_commit)).await?;
        let commits = self.count(&checked, base_commit).await?;
        Ok((Delivered { commit, branch: branch.to_owned(), commits }, checked, held))
    }

    /// Only branches of ours are ever written.
    pub(crate) async fn must_be_ours(&self, branch: &str) -> Result<(), GitError> {
        self.must_be_branch_name(branch).await?;
        if branch.starts_with(PREFIX) {
            return Ok(());
        }
        Err(GitError::Failed(format!("Slipway only delivers to branches that begin with {PREFIX}.")))
    }

    async fn must_be_free(&self, branch: &str, target: &Path) -> Result<(), GitError> {
        self.must_be_repository(target).await?;
        self.must_be_ours(branch).await?;
        let ask = ["for-each-ref".into(), "--format=%(worktreepath)".into(), format!("refs/heads/{branch}")];
        let checked_out = self.runner.trusted().at(target).run(ask).await?;
        if checked_out.trim().is_empty() {
            return Ok(());
        }
        Err(GitError::Failed(format!(
            "The branch {branch} is checked out in {}. Switch to another branch there and try again.",
            checked_out.trim()
        )))
    }

    /// In the sandbox: commits, and writes the bundle.
    async fn pack(
        &self,
        checkout: &Path,
        base: &str,
        message: &str,
        author: (&str, &str),
        bundle: &Path,
    ) -> Result<String, GitError> {
        let settings = [
            ("BASE", base),
            ("FORMAT", format_of(base)),
            ("MESSAGE", message),
            ("GIT_AUTHOR_NAME", author.0),
            ("GIT_AUTHOR_EMAIL", author.1),
            ("GIT_COMMITTER_NAME", "Slipway"),
            ("GIT_COMMITTER_EMAIL", "agent@slipway.invalid"),
        ];
        let view = self.view_of(checkout).writing(bundle.parent().map(Path::to_owned));
        let said = self.runner.inside("bundle", DELIVER, view, &[checkout, bundle], &settings).await?;
        let sentence = match said.trim().split_once(' ') {
            Some(("commit", commit)) => return Ok(commit.to_owned()),
            _ => said.trim(),
        };
        Err(match sentence {
            "nothing" => GitError::NothingToDeliver,
            "conflicts" => {
                GitError::Failed("The checkout has conflicts that nobody has resolved yet.".into())
            }
            _ => GitError::Failed("git is at work in the checkout right now. Try again in a moment.".into()),
        })
    }

    /// Reads a bundle that an agent's side wrote into the new repository `into`, checking each object. `target` is what the
    /// bundle may build on; `format` is the kind of its ids, such as `sha1`.
    pub async fn unpack(
        &self,
        bundle: &Path,
        into: &Path,
        target: &Path,
        format: &str,
    ) -> Result<(), GitError> {
        // Not through a link: the sandbox wrote this, and the server is about to read it.
        let found = std::fs::symlink_metadata(bundle).map_err(|error| cannot("read", bundle, &error))?;
        if !found.is_file() || found.len() > BUNDLE_LIMIT {
            return Err(GitError::Failed("The session's commits are too large to deliver.".into()));
        }
        self.make_bare(into, format).await?;
        let borrowed = into.join("objects/info/alternates");
        let objects = self.path_of(target, "objects").await?;
        std::fs::write(&borrowed, format!("{objects}\n"))
            .map_err(|error| cannot("write", &borrowed, &error))?;
        let shallow = self.path_of(target, "shallow").await?;
        if Path::new(&shallow).is_file() {
            std::fs::copy(&shallow, into.join("shallow")).map_err(|error| cannot("read", bundle, &error))?;
        }
        self.fetch(bundle, into, "refs/heads/delivered:refs/heads/delivered", Checks::EachObject).await
    }

    async fn count(&self, repository: &Path, base: &str) -> Result<usize, GitError> {
        let ask = ["rev-list", "--count", "refs/heads/delivered", &format!("^{base}")].map(OsString::from);
        let counted = self.runner.trusted().at(repository).run(ask).await?;
        Ok(counted.trim().parse().unwrap_or(0))
    }

    async fn hand_over(&self, from: &Path, branch: &str, target: &Path) -> Result<(), GitError> {
        let refspec = format!("refs/heads/delivered:refs/heads/{branch}");
        let fetched = self.fetch(from, target, &refspec, Checks::EachObject).await;
        let Err(GitError::Failed(_)) = fetched else { return fetched };
        // The usual reason deserves its own sentence: somebody went on with the branch by hand.
        let ahead = format!("refs/heads/{branch}");
        let known = self.runner.trusted().at(target).run(["rev-parse", "--quiet", "--verify", &ahead]).await;
        match known {
            Ok(_) => Err(GitError::Failed(format!(
                "The branch {branch} has commits that this session does not have. Rename or merge it and try again."
            ))),
            Err(_) => fetched,
        }
    }

    async fn path_of(&self, repository: &Path, name: &str) -> Result<String, GitError> {
        let ask = ["rev-parse", "--path-format=absolute", "--git-path", name];
        let said = self.runner.trusted().at(repository).run(ask).await?;
        Ok(said.trim_end_matches('\n').to_owned())
    }
}
