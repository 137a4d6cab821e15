//! Which repositories a person can pick: folders of this machine for the local user, and for everybody else what GitHub lets them see.

mod github;
mod local;

use async_trait::async_trait;
use slipway_git::Source;
use slipway_github::Api;
use slipway_protocol::{Person, RepositoryId, RepositoryInfo};

pub use github::GitHubRepositories;
pub use local::LocalRepositories;

use crate::{Error, engine::is_local};

/// Where repositories come from, checked against the person who asks.
#[async_trait]
pub trait RepositorySource: Send + Sync {
    /// Most recent first.
    async fn list(&self, who: &Person) -> Result<Vec<RepositoryInfo>, Error>;

    /// None: there is no such repository, or the person may not see it.
    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error>;

    /// GitHub's API as this person; none where repositories are folders of this machine.
    async fn api(&self, _who: &Person) -> Result<Option<Api>, Error> {
        Ok(None)
    }
}

/// A repository as the server reaches it, for the person who asked.
#[derive(Clone, Debug)]
pub struct Origin {
    pub info: RepositoryInfo,
    pub source: Source,
}

/// To each person their own: nobody from outside sees a folder of this machine.
pub struct Repositories {
    pub local: LocalRepositories,
    pub github: Option<GitHubRepositories>,
}

#[async_trait]
impl RepositorySource for Repositories {
    async fn list(&self, who: &Person) -> Result<Vec<RepositoryInfo>, Error> {
        match &self.github {
            _ if is_local(&who.id) => self.local.list(who).await,
            Some(github) => github.list(who).await,
            None => Ok(Vec::new()),
        }
    }

    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        match &self.github {
            _ if is_local(&who.id) => self.local.find(who, id).await,
            Some(github) => github.find(who, id).await,
            None => Ok(None),
        }
    }

    async fn api(&self, who: &Person) -> Result<Option<Api>, Error> {
        match &self.github {
            Some(github) if !is_local(&who.id) => github.api(who).await,
            _ => Ok(None),
        }
    }
}
