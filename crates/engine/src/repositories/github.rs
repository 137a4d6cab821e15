//! What GitHub lets a person see, asked as that person.
//!
//! The list is kept for each person. One that is a minute old is shown at once and read again behind it; reading again costs little,
//! since only what has changed is read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use slipway_git::Source;
use slipway_github::{Api, GitHubError, Listing, Repository};
use slipway_protocol::{Person, RepositoryId, RepositoryInfo, UserId};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Listed, Origin, RepositorySource};
use crate::{Accounts, Error};

/// A list is shown for so long before GitHub is asked again. Whether one repository may be used is asked each time.
const FRESH: Duration = Duration::from_mins(1);

/// A list that nobody looked at for so long is forgotten.
const KEPT: Duration = Duration::from_hours(2);

pub struct GitHubRepositories(Arc<Shelves>);

struct Shelves {
    accounts: Arc<Accounts>,
    people: Mutex<HashMap<UserId, Arc<Shelf>>>,
}

/// One person's list.
#[derive(Default)]
struct Shelf {
    last: Mutex<Option<Arc<Read>>>,
    /// One reads for all who wait.
    reading: tokio::sync::Mutex<()>,
}

/// A list, and what it is read again with.
struct Read {
    at: Instant,
    listing: Listing,
    repositories: Arc<Vec<RepositoryInfo>>,
    more_at: String,
}

impl Shelf {
    fn last(&self) -> Option<Arc<Read>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Shelves {
    fn shelf(&self, who: &UserId) -> Arc<Shelf> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.retain(|id, shelf| id == who || shelf.last().is_some_and(|read| read.at.elapsed() < KEPT));
        Arc::clone(people.entry(who.clone()).or_default())
    }

    /// Reads the list again, unless somebody did so after `asked`.
    async fn read(&self, shelf: &Shelf, who: &Person, asked: Instant) -> Result<Arc<Read>, Error> {
        let _alone = shelf.reading.lock().await;
        let last = shelf.last();
        if let Some(last) = last.as_ref().filter(|last| last.at > asked) {
            return Ok(Arc::clone(last));
        }
        let api = self.accounts.api(who).await?;
        let listing = match &last {
            Some(last) => api.listing(&last.listing).await?,
            None => api.listing(&Listing::default()).await?,
        };
        let mut repositories: Vec<_> = listing.repositories().into_iter().map(info).collect();
        repositories.sort_by_key(|repository| std::cmp::Reverse(repository.updated_at));
        let more_at = self.accounts.choosing_address(listing.app_slug());
        let read = Read { at: Instant::now(), listing, repositories: Arc::new(repositories), more_at };
        let read = Arc::new(read);
        *shelf.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        Ok(read)
    }
}

impl GitHubRepositories {
    pub fn new(accounts: Arc<Accounts>) -> Self {
        Self(Arc::new(Shelves { accounts, people: Mutex::default() }))
    }
}

#[async_trait]
impl RepositorySource for GitHubRepositories {
    async fn list(&self, who: &Person, fresh: bool) -> Result<Listed, Error> {
        let (shelf, now) = (self.0.shelf(&who.id), Instant::now());
        let of = |read: &Read, stale| Listed {
            repositories: Arc::clone(&read.repositories),
            stale,
            more_at: Some(read.more_at.clone()),
        };
        // Who saw none has just made one, and looks for it.
        match shelf.last().filter(|last| !last.repositories.is_empty()) {
            Some(last) if last.at.elapsed() < FRESH => Ok(of(&last, false)),
            Some(last) if !fresh => {
                let (shelves, who) = (Arc::clone(&self.0), who.clone());
                tokio::spawn(async move {
                    if let Err(error) = shelves.read(&shelf, &who, now).await {
                        tracing::debug!(%error, "could not read a list of repositories again");
                    }
                });
                Ok(of(&last, true))
            }
            // Who waits for a fresh one is content with what somebody else began to read.
            _ => Ok(of(&*self.0.read(&shelf, who, now).await?, false)),
        }
    }

    async fn find(&self, who: &Person, id: &RepositoryId) -> Result<Option<Origin>, Error> {
        let accounts = &self.0.accounts;
        let token = accounts.token(who).await?;
        match accounts.api(who).await?.repository(id.as_str()).await {
            Ok(found) => {
                let url = accounts.git_address(&found.full_name);
                let source = Source::Remote { url, token: Some(token.reveal().to_owned()) };
                let mirror = format!("github-{}", found.id);
                Ok(Some(Origin { info: info(&found), source, mirror }))
            }
            Err(GitHubError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn may_read(&self, who: &Person, id: &RepositoryId) -> Result<bool, Error> {
        match self.0.accounts.api(who).await?.repository(id.as_str()).await {
            Ok(_) => Ok(true),
            // Blocked, suspended, or the organisation wants another way of signing in.
            Err(GitHubError::NotFound | GitHubError::Forbidden(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn api(&self, who: &Person) -> Result<Option<Api>, Error> {
        self.0.accounts.api(who).await.map(Some)
    }
}

fn info(repository: &Repository) -> RepositoryInfo {
    let pushed = repository.pushed_at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
    RepositoryInfo {
        id: RepositoryId::new(&repository.full_name),
        name: repository.full_name.clone(),
        description: repository.description.clone().unwrap_or_default(),
        default_branch: repository.default_branch.clone(),
        updated_at: pushed.map_or(0, |at| at.unix_timestamp() * 1000),
        private: repository.private,
        archived: repository.archived,
    }
}
