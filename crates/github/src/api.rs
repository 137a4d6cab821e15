//! What is asked of the API, as one person.

use octocrab::Octocrab;
use serde::Deserialize;

use crate::{
    Addresses, GitHubError, Token, client,
    page::{self, PER_PAGE, Pages},
    route,
};

/// The API as one person. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    octocrab: Octocrab,
}

/// Somebody at GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Never changes, unlike the login.
    pub id: u64,
    pub login: String,
    /// The name they gave themselves.
    pub name: Option<String>,
    pub avatar_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// Never changes, unlike the name.
    pub id: u64,
    /// `owner/name`
    pub full_name: String,
    pub description: Option<String>,
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub archived: bool,
    pub default_branch: String,
    /// ISO 8601; none: nothing was ever pushed.
    pub pushed_at: Option<String>,
    #[serde(default)]
    pub permissions: Rights,
}

/// What the person may do with a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Rights {
    #[serde(default)]
    pub push: bool,
}

#[derive(Deserialize)]
struct Organisation {
    login: String,
}

impl Api {
    /// Asks as the person whose token this is.
    pub fn new(addresses: &Addresses, token: &Token) -> Result<Self, GitHubError> {
        Self::through(client::shared(), addresses, token)
    }

    pub(crate) fn through(
        client: reqwest::Client,
        addresses: &Addresses,
        token: &Token,
    ) -> Result<Self, GitHubError> {
        // Built without octocrab's retries, which would send changes again.
        let octocrab = Octocrab::builder()
            .base_uri(addresses.api.as_str())?
            .user_access_token(token.reveal())
            .build_with_reqwest(client)?;
        Ok(Self { octocrab })
    }

    pub(crate) fn octocrab(&self) -> &Octocrab {
        &self.octocrab
    }

    /// The person themselves.
    pub async fn me(&self) -> Result<Account, GitHubError> {
        Ok(self.octocrab.get("/user", None::<&()>).await?)
    }

    /// The logins of the organisations that the person is a member of, as far as the token may see.
    pub async fn organisations(&self) -> Result<Vec<String>, GitHubError> {
        let route = format!("/user/orgs?per_page={PER_PAGE}");
        let orgs = page::again::<Organisation>(&self.octocrab, &route, &Pages::default()).await?;
        Ok(orgs.items().map(|org| org.login.clone()).collect())
    }

    /// `full_name` is `owner/name`, also one that a repository had before.
    pub async fn repository(&self, full_name: &str) -> Result<Repository, GitHubError> {
        let route = route::of_repository(full_name, "");
        Ok(self.octocrab.get(route, None::<&()>).await?)
    }
}
