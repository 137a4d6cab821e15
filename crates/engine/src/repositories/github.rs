//! What GitHub lets a person see, asked as that person.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use slipway_git::Source;
use slipway_github::{Api, GitHubError, Repository};
use slipway_protocol::{Person, RepositoryId, RepositoryInfo, UserId};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Origin, RepositorySource};
use crate::{Accounts, Error};

/// A list is shown again for so long before GitHub is asked again. Whether one repository may be used is asked each time.
const FRESH: Duration = Duration::from_mins(1);

pub struct GitHubRepositories {
    accounts: Arc<Accounts>,
    lists: Mutex<HashMap<UserId, (Instant, Vec<RepositoryInfo>)>>,
}

impl GitHubRepositories {
    pub fn new(accounts: Arc<Accounts>) -> Self {
        Self { accounts, lists: Mutex::default() }
    }

    fn kept(&self, who: &UserId) -> Option<Vec<RepositoryInfo>> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.get(who).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, list)| list.clone())
    }

    fn keep(&self, who: &UserId, list: &[RepositoryInfo]) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|_, (at, _)| at.elapsed() < FRESH);
        lists.insert(who.clone(), (Instant::now(), list.to_vec()));
    }
}

#[async_trait]
impl RepositorySource for GitHubRepositories {
    async fn list(&self, who: &Person) -> Result<Vec<RepositoryInfo>, Error> {
        if let Some(list) = self.kept(&who.id) {
            return Ok(list);
        }
        let found = self.accounts.api(who).await?.repositories().await?;
        let mut list: Vec<_> = found.into_iter().map(info).collect();
        list.sort_by_key(|repository| std::cmp::Reverse(repository.updated_at));
        self.keep(&who.id, &list);
        Ok(list)
    }

    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        let token = self.accounts.token(who).await?;
        match self.accounts.api(who).await?.repository(id.as_str()).await {
            Ok(found) => {
                let url = self.accounts.git_address(&found.full_name);
                let source = Source::Remote { url, token: Some(token.reveal().to_owned()) };
                Ok(Some(Origin { info: info(found), source }))
            }
            Err(GitHubError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn api(&self, who: &Person) -> Result<Option<Api>, Error> {
        self.accounts.api(who).await.map(Some)
    }
}

fn info(repository: Repository) -> RepositoryInfo {
    let pushed = repository.pushed_at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
    RepositoryInfo {
        id: RepositoryId::new(&repository.full_name),
        name: repository.full_name,
        description: repository.description.unwrap_or_default(),
        default_branch: repository.default_branch,
        updated_at: pushed.map_or(0, |at| at.unix_timestamp() * 1000),
    }
}
