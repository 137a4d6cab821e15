//! What was checked of a commit.

use serde::Deserialize;

use crate::{Api, GitHubError, look::Seen, page::PER_PAGE, route};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CheckRun {
    pub id: u64,
    pub name: String,
    /// `queued`, `in_progress`, `completed`, or a word of theirs.
    pub status: String,
    /// Once it is completed: `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out`, `action_required`.
    pub conclusion: Option<String>,
    pub html_url: Option<String>,
    #[serde(default)]
    pub output: Output,
}

/// What the check itself says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Output {
    pub title: Option<String>,
    pub summary: Option<String>,
    pub text: Option<String>,
}

/// What a check says about a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Annotation {
    pub path: String,
    pub start_line: u64,
    pub message: Option<String>,
}

/// The older way: one state for each context.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Status {
    pub context: String,
    /// `pending`, `success`, `failure`, `error`.
    pub state: String,
    pub description: Option<String>,
    pub target_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CheckRuns {
    pub check_runs: Vec<CheckRun>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Statuses {
    pub statuses: Vec<Status>,
}

impl Api {
    pub async fn check_runs(
        &self,
        full_name: &str,
        commit: &str,
        seen: &mut Option<Seen<CheckRuns>>,
    ) -> Result<Vec<CheckRun>, GitHubError> {
        let rest = format!("/commits/{}/check-runs?per_page={PER_PAGE}", route::segment(commit));
        Ok(self.look(route::of_repository(full_name, &rest), seen).await?.check_runs)
    }

    pub async fn statuses(
        &self,
        full_name: &str,
        commit: &str,
        seen: &mut Option<Seen<Statuses>>,
    ) -> Result<Vec<Status>, GitHubError> {
        let rest = format!("/commits/{}/status?per_page={PER_PAGE}", route::segment(commit));
        Ok(self.look(route::of_repository(full_name, &rest), seen).await?.statuses)
    }

    pub async fn check_run(&self, full_name: &str, id: u64) -> Result<CheckRun, GitHubError> {
        self.look(route::of_repository(full_name, &format!("/check-runs/{id}")), &mut None).await
    }

    pub async fn annotations(&self, full_name: &str, id: u64) -> Result<Vec<Annotation>, GitHubError> {
        let rest = format!("/check-runs/{id}/annotations?per_page=50");
        self.look(route::of_repository(full_name, &rest), &mut None).await
    }
}
