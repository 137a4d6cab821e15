//! Everything that a person can pick from, as it was last read, and how to read it again.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use crate::{
    Api, GitHubError, Repository,
    page::{self, PER_PAGE, Pages},
};

/// More accounts than this have installed the app for nobody.
const MOST_INSTALLATIONS: usize = 50;

/// The repositories of a person. Kept, it makes the next reading cheap.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    listed: Pages<Repository>,
    installations: Pages<Installation>,
    installed: BTreeMap<u64, Pages<Repository>>,
}

/// An account that has a GitHub App installed.
#[derive(Clone, Debug, Deserialize)]
struct Installation {
    id: u64,
    app_slug: String,
}

impl Listing {
    /// Each once, in no particular order.
    pub fn repositories(&self) -> Vec<&Repository> {
        let installed = self.installed.values().flat_map(Pages::items);
        let mut seen = HashSet::new();
        self.listed.items().chain(installed).filter(|repository| seen.insert(repository.id)).collect()
    }

    /// The GitHub App's name in addresses; none for an OAuth app.
    pub fn app_slug(&self) -> Option<&str> {
        self.installations.items().next().map(|installation| installation.app_slug.as_str())
    }
}

impl Api {
    /// Everything the person may pick: their own repositories, their organisations', those they collaborate on, and those that a
    /// GitHub App was installed for.
    pub async fn listing(&self, before: &Listing) -> Result<Listing, GitHubError> {
        let route = format!(
            "/user/repos?affiliation=owner%2Ccollaborator%2Corganization_member&sort=pushed&per_page={PER_PAGE}"
        );
        let listed = page::again(self.octocrab(), &route, &before.listed).await?;
        let route = format!("/user/installations?per_page={PER_PAGE}");
        let installations = page::again(self.octocrab(), &route, &before.installations).await;
        let installations = where_there_is_an_app(installations)?;
        let mut installed = BTreeMap::new();
        for Installation { id, .. } in installations.items().take(MOST_INSTALLATIONS) {
            let route = format!("/user/installations/{id}/repositories?per_page={PER_PAGE}");
            let none = Pages::default();
            let known = before.installed.get(id).unwrap_or(&none);
            let found = page::again(self.octocrab(), &route, known).await;
            installed.insert(*id, where_there_is_an_app(found)?);
        }
        Ok(Listing { listed, installations, installed })
    }
}

/// An OAuth app has no installations, and GitHub says so with a refusal.
fn where_there_is_an_app<T>(found: Result<Pages<T>, GitHubError>) -> Result<Pages<T>, GitHubError> {
    match found {
        Err(GitHubError::Forbidden(_) | GitHubError::NotFound) => Ok(Pages::default()),
        other => other,
    }
}
