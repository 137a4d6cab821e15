//! Which repositories a person can pick: folders of this machine for the local user, and for everybody else what GitHub lets them see.

mod github;
mod local;

use std::sync::{Arc, OnceLock};

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
    /// `fresh`: not one that is being read again, but what comes of that.
    async fn list(&self, who: &Person, fresh: bool) -> Result<Listed, Error>;

    /// None: there is no such repository, or the person may not see it.
    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error>;

    /// Whether the person may read it now. Asked anew each time: whoever needs it often remembers the answer.
    async fn may_read(&self, who: &Person, id: &RepositoryId) -> Result<bool, Error>;

    /// GitHub's API as this person; none where repositories are folders of this machine.
    async fn api(&self, _who: &Person) -> Result<Option<Api>, Error> {
        Ok(None)
    }
}

/// What a person can pick from.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Most recent first.
    pub repositories: Arc<Vec<RepositoryInfo>>,
    /// As they were a while ago; they are being read again.
    pub stale: bool,
    /// Where the person lets Slipway see more of them.
    pub more_at: Option<String>,
}

/// A repository as the server reaches it, for the person who asked.
#[derive(Clone, Debug)]
pub struct Origin {
    pub info: RepositoryInfo,
    pub source: Source,
    /// Names its mirror. Not by a name that can be given to another repository later, whose readers are others.
    pub mirror: String,
}

/// To each person their own: nobody from outside sees a folder of this machine.
pub struct Repositories {
    local: LocalRepositories,
    /// Empty until people can sign in with GitHub.
    github: OnceLock<GitHubRepositories>,
}

impl Repositories {
    pub fn new(local: LocalRepositories, github: Option<GitHubRepositories>) -> Self {
        let held = OnceLock::new();
        if let Some(github) = github {
            let _ = held.set(github);
        }
        Self { local, github: held }
    }

    /// From now on people sign in with GitHub. The first one stays.
    pub fn open(&self, github: GitHubRepositories) {
        let _ = self.github.set(github);
    }
}

#[async_trait]
impl RepositorySource for Repositories {
    async fn list(&self, who: &Person, fresh: bool) -> Result<Listed, Error> {
        match self.github.get() {
            _ if is_local(&who.id) => self.local.list(who, fresh).await,
            Some(github) => github.list(who, fresh).await,
            None => Ok(Listed::default()),
        }
    }

    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        match self.github.get() {
            _ if is_local(&who.id) => self.local.find(who, id).await,
            Some(github) => github.find(who, id).await,
            None => Ok(None),
        }
    }

    async fn may_read(&self, who: &Person, id: &RepositoryId) -> Result<bool, Error> {
        match self.github.get() {
            _ if is_local(&who.id) => self.local.may_read(who, id).await,
            Some(github) => github.may_read(who, id).await,
            None => Ok(false),
        }
    }

    async fn api(&self, who: &Person) -> Result<Option<Api>, Error> {
        match self.github.get() {
            Some(github) if !is_local(&who.id) => github.api(who).await,
            _ => Ok(None),
        }
    }
}
