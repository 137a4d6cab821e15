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

    async fn origin(&self, path: &Path, owner: &str) -> Option<Origin> {
        let name = path.file_name()?.to_str()?.trim_end_matches(".git").to_owned();
        let description = self.git.describe(path).await.ok()?;
        let id = format!("{owner}/{name}");
        let mirror = id.replace('/', "--");
        let info = RepositoryInfo {
            id: RepositoryId::new(&id),
            name: id,
            description: path.display().to_string(),
            default_branch: description.default_branch,
            updated_at: description.updated_at,
            private: false,
            archived: false,
        };
        Some(Origin { info, source: Source::Folder(path.to_owned()), mirror })
    }

    async fn sample(&self) -> Result<Option<Origin>, Error> {
        if !self.sample.exists() {
            self.git.make_sample(&self.sample).await?;
        }
        Ok(self.origin(&self.sample, "sample").await)
    }

    async fn all(&self) -> Result<Vec<Origin>, Error> {
        let mut origins: Vec<_> = self.sample().await?.into_iter().collect();
        for path in self.folders() {
            origins.extend(self.origin(&path, "local").await);
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

#[async_trait]
impl RepositorySource for LocalRepositories {
    async fn list(&self, _who: &Person, _fresh: bool) -> Result<Listed, Error> {
        let repositories = self.all().await?.into_iter().map(|origin| origin.info).collect();
        Ok(Listed { repositories: Arc::new(repositories), ..Listed::default() })
    }

    async fn find(&self, _who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        Ok(self.all().await?.into_iter().find(|origin| origin.info.id == *id))
    }

    /// Whoever owns this machine reads all of it, also the sessions of a folder that is gone.
    async fn may_read(&self, _who: &Person, _id: &RepositoryId) -> Result<bool, Error> {
        Ok(true)
    }
}
