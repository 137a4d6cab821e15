//! Folders of this machine.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use slipway_git::{Git, Source};
use slipway_protocol::{Person, RepositoryId, RepositoryInfo};

use super::{Listed, Origin, RepositorySource};
use crate::Error;

/// The git repositories directly below a folder, and the sample that Slipway makes for a first run.
pub struct LocalRepositories {
    git: Git,
    folder: Option<PathBuf>,
    sample: PathBuf,
}

impl LocalRepositories {
    pub fn new(git: Git, folder: Option<PathBuf>, sample: PathBuf) -> Self {
        Self { git, folder, sample }
    }

    async fn origin(&self, id: RepositoryId, path: PathBuf) -> Option<Origin> {
        let description = self.git.describe(&path).await.ok()?;
        let info = RepositoryInfo {
            name: id.as_str().to_owned(),
            description: path.display().to_string(),
            default_branch: description.default_branch,
            updated_at: description.updated_at,
            private: false,
            archived: false,
            id,
        };
        let mirror = info.name.replace('/', "--");
        Some(Origin { info, source: Source::Folder(path), mirror })
    }

    /// Those whose id is wanted, the newest first. The others are not looked into: there may be hundreds.
    async fn origins(&self, is_wanted: impl Fn(&RepositoryId) -> bool) -> Result<Vec<Origin>, Error> {
        if !self.sample.exists() {
            self.git.make_sample(&self.sample).await?;
        }
        let folders = self.folders().into_iter().map(|path| ("local", path));
        let mut origins = Vec::new();
        for (owner, path) in std::iter::once(("sample", self.sample.clone())).chain(folders) {
            if let Some(id) = id_of(owner, &path).filter(&is_wanted) {
                origins.extend(self.origin(id, path).await);
            }
        }
        origins.sort_by_key(|origin| std::cmp::Reverse(origin.info.updated_at));
        Ok(origins)
    }

    fn folders(&self) -> Vec<PathBuf> {
        let entries = self.folder.as_deref().and_then(|folder| std::fs::read_dir(folder).ok());
        let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        paths.filter(|path| path.join(".git").exists() || path.join("HEAD").is_file()).collect()
    }
}

fn id_of(owner: &str, path: &Path) -> Option<RepositoryId> {
    let name = path.file_name()?.to_str()?.trim_end_matches(".git");
    Some(RepositoryId::new(format!("{owner}/{name}")))
}

#[async_trait]
impl RepositorySource for LocalRepositories {
    async fn list(&self, _who: &Person, _fresh: bool) -> Result<Listed, Error> {
        let repositories = self.origins(|_| true).await?.into_iter().map(|origin| origin.info).collect();
        Ok(Listed { repositories: Arc::new(repositories), ..Listed::default() })
    }

    async fn find(&self, _who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        Ok(self.origins(|known| known == id).await?.into_iter().next())
    }

    /// Whoever owns this machine reads all of it, also the sessions of a folder that is gone.
    async fn may_read(&self, _who: &Person, _id: &RepositoryId) -> Result<bool, Error> {
        Ok(true)
    }
}
