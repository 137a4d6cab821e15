//! What a folder that people offer holds. Read through refs only, so that nothing its configuration names is run.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use slipway_protocol::Branch;

use crate::{Git, GitError};

/// A repository in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// None of a repository without a commit.
    pub default_branch: String,
    /// Milliseconds since 1970 of its newest commit; 0 where there is none.
    pub updated_at: i64,
    /// There is no commit to start from.
    pub empty: bool,
}

/// A branch, and the second its last commit was made.
struct Head {
    branch: Branch,
    committed: i64,
}

/// Where a repository is fetched from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder of this machine.
    Folder(PathBuf),
    /// Another machine, over HTTP. The token travels in a header of git's request, and is in no argument and no file.
    Remote { url: String, token: Option<String> },
}

/// Never shows the token.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Remote { url, .. } => f.debug_tuple("Remote").field(url).finish(),
        }
    }
}

impl Git {
    /// The branches of a source: the default one first, then the others by name.
    pub async fn branches(&self, source: &Source) -> Result<Vec<Branch>, GitError> {
        match source {
            Source::Folder(folder) => self.branches_of_folder(folder).await,
            Source::Remote { url, token } => self.branches_of_remote(url, token.as_deref()).await,
        }
    }

    async fn branches_of_remote(&self, url: &str, token: Option<&str>) -> Result<Vec<Branch>, GitError> {
        let ask = ["ls-remote", "--quiet", "--symref", "--", url, "HEAD", "refs/heads/*"];
        let listed = self.runner.trusted().over_http(url, token).read_from_afar(ask).await?;
        let default = listed.lines().find_map(|line| line.strip_prefix("ref: refs/heads/")?.split_once('\t'));
        let default = default.map_or("", |(name, _)| name);
        let mut branches: Vec<_> = listed.lines().filter_map(read_remote_head).collect();
        branches.sort_by_key(|branch| branch.name != default);
        Ok(branches)
    }

    async fn branches_of_folder(&self, repository: &Path) -> Result<Vec<Branch>, GitError> {
        let heads = self.heads(repository).await?;
        let default = self.default_branch(repository, &heads).await?;
        let mut branches: Vec<_> = heads.into_iter().map(|head| head.branch).collect();
        branches.sort_by_key(|branch| branch.name != default);
        Ok(branches)
    }

    pub async fn describe(&self, repository: &Path) -> Result<Description, GitError> {
        let heads = self.heads(repository).await?;
        Ok(Description {
            default_branch: self.default_branch(repository, &heads).await?,
            updated_at: heads.iter().map(|head| head.committed * 1000).max().unwrap_or(0),
            empty: heads.is_empty(),
        })
    }

    async fn heads(&self, repository: &Path) -> Result<Vec<Head>, GitError> {
        self.must_be_repository(repository).await?;
        let format = "--format=%(objectname) %(committerdate:unix) %(refname:lstrip=2)";
        let listed = self.runner.trusted().at(repository).run(["for-each-ref", format, "refs/heads"]).await?;
        Ok(listed.lines().filter_map(read_head).collect())
    }

    /// The one the origin calls its default, else the one that is checked out, else `main` or `master`, else the newest.
    async fn default_branch(&self, repository: &Path, heads: &[Head]) -> Result<String, GitError> {
        let pointers = ["refs/remotes/origin/HEAD", "HEAD"];
        let mut candidates = Vec::new();
        for pointer in pointers {
            let ask = self.runner.trusted().at(repository).run(["symbolic-ref", "-q", pointer]).await;
            let target = ask.unwrap_or_default();
            let target = target.trim();
            let name =
                target.strip_prefix("refs/remotes/origin/").or_else(|| target.strip_prefix("refs/heads/"));
            candidates.extend(name.map(str::to_owned));
        }
        candidates.extend(["main".to_owned(), "master".to_owned()]);
        let is_there = |name: &String| heads.iter().any(|head| head.branch.name == *name);
        let newest = heads.iter().max_by_key(|head| head.committed).map(|head| head.branch.name.clone());
        Ok(candidates.into_iter().find(is_there).or(newest).unwrap_or_default())
    }

    /// `sha1` or `sha256`.
    pub(crate) async fn object_format(&self, repository: &Path) -> Result<String, GitError> {
        let said = self.runner.trusted().at(repository).run(["rev-parse", "--show-object-format"]).await?;
        Ok(said.trim().to_owned())
    }

    pub(crate) async fn must_be_repository(&self, folder: &Path) -> Result<(), GitError> {
        let found = self.runner.trusted().at(folder).run(["rev-parse", "--git-dir"]).await;
        found.map(drop).map_err(|_| GitError::NotARepository(folder.display().to_string()))
    }
}

fn read_head(line: &str) -> Option<Head> {
    let mut fields = line.splitn(3, ' ');
    let (commit, committed, name) = (fields.next()?, fields.next()?, fields.next()?);
    let branch = Branch { name: name.to_owned(), commit: commit.to_owned() };
    Some(Head { branch, committed: committed.parse().ok()? })
}

fn read_remote_head(line: &str) -> Option<Branch> {
    let (commit, name) = line.split_once('\t')?;
    Some(Branch { name: name.strip_prefix("refs/heads/")?.to_owned(), commit: commit.to_owned() })
}
