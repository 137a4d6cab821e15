//! Checkouts: a session's working copy, made from the mirror, and what changed in it.

use std::path::Path;

use slipway_protocol::ChangedFile;
use slipway_sandbox::View;

use crate::{Git, GitError, borrowed};

const MAKE: &str = concat!(include_str!("inside/seed.sh"), include_str!("inside/checkout.sh"));
const CHANGES: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/entries.sh"),
    include_str!("inside/index.sh"),
    include_str!("inside/changes.sh")
);

const FILES: &str = concat!(
    include_str!("inside/shadow.sh"),
    include_str!("inside/entries.sh"),
    include_str!("inside/index.sh"),
    include_str!("inside/files.sh")
);

/// Bytes of all paths together; of what is beyond nothing is offered.
const MOST_PATHS: usize = 4 * 1024 * 1024;

impl Git {
    /// Makes a checkout of `base_branch` on the new branch `branch`; its objects stay in the mirror. Returns the commit it
    /// starts from. A checkout that is there already is left as it is; a half-made one is replaced.
    pub async fn checkout(
        &self,
        mirror: &Path,
        base_branch: &str,
        branch: &str,
        into: &Path,
    ) -> Result<String, GitError> {
        let _alone = self.locks.lock(into).await;
        self.must_be_branch_name(branch).await?;
        let commit = self.commit_of(mirror, base_branch).await?;
        let format = format_of(&commit);
        let settings =
            [("COMMIT", &*commit), ("BRANCH", branch), ("BASE_BRANCH", base_branch), ("FORMAT", format)];
        borrowed::note(into, mirror)?;
        // It is made beside its place and moved there.
        let view = View::of(into.parent().unwrap_or(into)).reading([mirror.to_owned()]);
        let base = self.runner.inside("checkout", MAKE, view, &[mirror, into], &settings).await?;
        Ok(base.trim().to_owned())
    }

    /// The files that differ from `base_commit`, whether committed, staged, changed or new.
    pub async fn changes(&self, checkout: &Path, base_commit: &str) -> Result<Vec<ChangedFile>, GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        let settings = [("BASE", base_commit), ("FORMAT", format_of(base_commit))];
        let listed =
            self.runner.inside("diff", CHANGES, self.view_of(checkout), &[checkout], &settings).await?;
        Ok(read_changes(&listed))
    }

    /// Paths of the checkout's files, tracked or new, without what it ignores.
    pub async fn files(&self, checkout: &Path, base_commit: &str) -> Result<Vec<String>, GitError> {
        let _alone = self.locks.lock(checkout).await;
        must_be_commit_id(base_commit)?;
        let most = MOST_PATHS.to_string();
        let settings = [("MOST", most.as_str()), ("FORMAT", format_of(base_commit))];
        let listed =
            self.runner.inside("files", FILES, self.view_of(checkout), &[checkout], &settings).await?;
        // The last one may have been cut.
        let whole = listed.rfind('\0').map_or("", |end| &listed[..end]);
        Ok(whole.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }

    /// Where a branch stands in a mirror.
    pub(crate) async fn commit_of(&self, mirror: &Path, branch: &str) -> Result<String, GitError> {
        self.must_be_repository(mirror).await?;
        let name = format!("refs/remotes/origin/{branch}");
        let ask = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/remotes/origin"];
        let listed = self.runner.trusted().at(mirror).run(ask).await?;
        let found =
            listed.lines().filter_map(|line| line.split_once(' ')).find(|(_, listed)| *listed == name);
        match found {
            Some((commit, _)) => Ok(commit.to_owned()),
            None if listed.is_empty() => Err(GitError::Empty),
            None => Err(GitError::UnknownBranch(branch.to_owned())),
        }
    }

    pub(crate) async fn must_be_branch_name(&self, name: &str) -> Result<(), GitError> {
        let full = format!("refs/heads/{name}");
        let allowed =
            !name.starts_with('-') && self.runner.trusted().run(["check-ref-format", &full]).await.is_ok();
        allowed
            .then_some(())
            .ok_or_else(|| GitError::Failed(format!("\"{name}\" cannot be the name of a branch.")))
    }
}

/// A base commit comes back from where it was stored; it must never be read as an option or as an expression.
pub(crate) fn must_be_commit_id(id: &str) -> Result<(), GitError> {
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(()).ok_or_else(|| GitError::Failed("The session's base is not a commit.".into()))
}

pub(crate) fn format_of(commit: &str) -> &'static str {
    if commit.len() == 64 { "sha256" } else { "sha1" }
}

/// What `--numstat -z` says.
pub(crate) fn read_changes(listed: &str) -> Vec<ChangedFile> {
    listed.split('\0').filter_map(read_change).collect()
}

/// `ADDED TAB REMOVED TAB PATH`; both are `-` of a binary file.
fn read_change(line: &str) -> Option<ChangedFile> {
    let mut fields = line.splitn(3, '\t');
    let (added, removed, path) = (fields.next()?, fields.next()?, fields.next()?);
    let number = |digits: &str| digits.parse().unwrap_or(0);
    Some(ChangedFile { path: path.to_owned(), added: number(added), removed: number(removed) })
}
