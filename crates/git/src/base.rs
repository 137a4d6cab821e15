//! The base of a session moves on: how far, and how the checkout follows.
//!
//! What lies in the checkout is merged file by file with the new base, whether it was committed or not; commits are merged or put on
//! top anew. Nothing is lost where both sides changed the same lines: the file gets both, marked as git marks them, and its
//! index says so. No attribute's driver or hook has a part in it, since the checkout's configuration is not read.

use std::path::Path;

use slipway_protocol::UpdateWay;

use crate::{
    Git, GitError,
    checkout::{format_of, must_be_commit_id},
};

const UPDATE: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/entries.sh"),
    include_str!("inside/index.sh"),
    include_str!("inside/update.sh"),
    include_str!("inside/restore.sh"),
    include_str!("inside/adopt.sh")
);

/// Where the base branch stands, seen from a session's base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    pub commits: usize,
    /// The branch's newest commit.
    pub tip: String,
}

/// The checkout stands on `base_commit` now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    pub base_commit: String,
    /// Files that hold both sides, with marks between them.
    pub conflicts: Vec<String>,
}

impl Git {
    /// How far a branch is ahead of `base_commit` in the mirror, as that was fetched last.
    pub async fn ahead(&self, mirror: &Path, base_commit: &str, branch: &str) -> Result<Ahead, GitError> {
        must_be_commit_id(base_commit)?;
        let tip = self.commit_of(mirror, branch).await?;
        let range = format!("{base_commit}..{tip}");
        let counted = self.runner.trusted().at(mirror).run(["rev-list", "--count", &range, "--"]).await?;
        Ok(Ahead { commits: counted.trim().parse().unwrap_or(0), tip })
    }

    /// Brings a checkout from `base_commit` to where its base branch stands in the mirror. Where that cannot be done nothing
    /// is changed. After a crash half way, the same again completes it.
    pub async fn update(
        &self,
        checkout: &Path,
        mirror: &Path,
        base_commit: &str,
        base_branch: &str,
        way: UpdateWay,
    ) -> Result<Updated, GitError> {
        must_be_commit_id(base_commit)?;
        self.must_be_branch_name(base_branch).await?;
        let tip = self.commit_of(mirror, base_branch).await?;
        let _alone = self.locks.lock(checkout).await;
        let how = match way {
            UpdateWay::Merge => "merge",
            UpdateWay::Rebase => "rebase",
        };
        let settings = [
            ("BASE", base_commit),
            ("TIP", &tip),
            ("BASE_BRANCH", base_branch),
            ("HOW", how),
            ("FORMAT", format_of(base_commit)),
            ("MOST", "100"),
            ("GIT_AUTHOR_NAME", "Slipway"),
            ("GIT_AUTHOR_EMAIL", "agent@slipway.invalid"),
            ("GIT_COMMITTER_NAME", "Slipway"),
            ("GIT_COMMITTER_EMAIL", "agent@slipway.invalid"),
        ];
        let view = self.view_of(checkout).reading([mirror.to_owned()]);
        let said = self.runner.inside("merge", UPDATE, view, &[checkout, mirror], &settings).await?;
        read_updated(&said, tip)
    }
}

/// The word that says how it went, and after `done` and the number of files the paths with conflicts, each with a NUL.
fn read_updated(said: &str, tip: String) -> Result<Updated, GitError> {
    let mut fields = said.split('\0');
    let word = fields.next().unwrap_or_default();
    let rest = fields.next().unwrap_or_default();
    let sentence = match word {
        "done" => {
            // The number ends with a line, and the first path follows it.
            let first = rest.split_once('\n').map_or("", |(_, path)| path);
            let conflicts = std::iter::once(first).chain(fields).filter(|path| !path.is_empty());
            return Ok(Updated { base_commit: tip, conflicts: conflicts.map(str::to_owned).collect() });
        }
        "busy" => "git is at work in the checkout right now. Try again in a moment.".into(),
        "conflicts" => "The checkout has conflicts that nobody has resolved yet. Resolve those first.".into(),
        "unrelated" => {
            "The base branch was replaced by another history, so the session cannot follow it.".into()
        }
        "stuck" => format!(
            "The commit “{rest}” and the base changed the same lines, so it cannot be put on top. Merge instead: conflicts go \
             to the agent."
        ),
        "touched" => format!("{rest} changed meanwhile. Nothing was updated; try again."),
        _ => "The checkout cannot be updated.".into(),
    };
    Err(GitError::Failed(sentence))
}
