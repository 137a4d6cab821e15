//! Pull requests: finding and opening them, and what people say about them.

use serde::{Deserialize, Serialize};

use crate::{Account, Api, GitHubError, look::Seen, page::PER_PAGE, route};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    pub number: u64,
    pub html_url: String,
    pub title: String,
    /// `open` or `closed`.
    pub state: String,
    #[serde(default)]
    pub draft: bool,
    pub merged_at: Option<String>,
    pub head: Side,
}

/// One of the two branches.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Side {
    pub sha: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewPullRequest<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// The branch that was pushed.
    pub head: &'a str,
    pub base: &'a str,
    pub draft: bool,
}

/// A whole review; its text may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Review {
    pub id: u64,
    /// None: the account is gone.
    pub user: Option<Account>,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED`, `PENDING`.
    pub state: String,
    #[serde(default)]
    pub body: Option<String>,
    pub html_url: String,
}

/// A comment on a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LineComment {
    pub id: u64,
    /// None: the account is gone.
    pub user: Option<Account>,
    pub path: String,
    /// None: the line is not there any more.
    pub line: Option<u64>,
    pub body: String,
    #[serde(default)]
    pub diff_hunk: String,
    pub html_url: String,
}

impl Api {
    /// Sent once. Where the answer is lost nobody knows whether there is one now: look before you ask again.
    pub async fn open_pull_request(
        &self,
        full_name: &str,
        new: &NewPullRequest<'_>,
    ) -> Result<PullRequest, GitHubError> {
        let route = route::of_repository(full_name, "/pulls");
        Ok(self.octocrab().post(route, Some(new)).await?)
    }

    /// Those of a branch of the repository itself: the newest first, closed ones too.
    pub async fn pull_requests_of(
        &self,
        full_name: &str,
        branch: &str,
        seen: &mut Option<Seen<Vec<PullRequest>>>,
    ) -> Result<Vec<PullRequest>, GitHubError> {
        let owner = full_name.split('/').next().unwrap_or_default();
        let head = format!("{}:{}", route::segment(owner), route::segment(branch));
        let query = format!("/pulls?state=all&head={head}&per_page=20");
        self.look(route::of_repository(full_name, &query), seen).await
    }

    pub async fn pull_request(
        &self,
        full_name: &str,
        number: u64,
        seen: &mut Option<Seen<PullRequest>>,
    ) -> Result<PullRequest, GitHubError> {
        self.look(route::of_repository(full_name, &format!("/pulls/{number}")), seen).await
    }

    pub async fn reviews(
        &self,
        full_name: &str,
        number: u64,
        seen: &mut Option<Seen<Vec<Review>>>,
    ) -> Result<Vec<Review>, GitHubError> {
        let rest = format!("/pulls/{number}/reviews?per_page={PER_PAGE}");
        self.look(route::of_repository(full_name, &rest), seen).await
    }

    pub async fn line_comments(
        &self,
        full_name: &str,
        number: u64,
        seen: &mut Option<Seen<Vec<LineComment>>>,
    ) -> Result<Vec<LineComment>, GitHubError> {
        let rest = format!("/pulls/{number}/comments?per_page={PER_PAGE}");
        self.look(route::of_repository(full_name, &rest), seen).await
    }
}
