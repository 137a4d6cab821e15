//! Opening a pull request exactly once: it is looked for before, and after each answer that leaves a doubt.

use slipway_github::{Api, GitHubError, NewPullRequest, PullRequest};
use slipway_protocol::PullRequestLink;

use crate::Error;

/// What a person wants opened.
#[derive(Clone, Debug)]
pub(crate) struct NewPull {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) draft: bool,
}

/// A pull request that is open now. True: it was there before.
pub(crate) async fn find_or_open(
    api: &Api,
    full_name: &str,
    branches: (&str, &str),
    wanted: &NewPull,
) -> Result<(PullRequestLink, bool), Error> {
    let (head, base) = branches;
    if let Some(found) = open_one(api, full_name, head).await.map_err(|error| told(error, base))? {
        return Ok((link(found), true));
    }
    let NewPull { title, body, draft } = wanted;
    let new = NewPullRequest { title: title.trim(), body, head, base, draft: *draft };
    match api.open_pull_request(full_name, &new).await {
        Ok(opened) => Ok((link(opened), false)),
        // Somebody was quicker, or it was us before a crash.
        Err(GitHubError::Refused(sentence)) if sentence.contains("already exists") => {
            let found = open_one(api, full_name, head).await.map_err(|error| told(error, base))?;
            found.map(|pull| (link(pull), true)).ok_or_else(|| told(GitHubError::Refused(sentence), base))
        }
        Err(error @ GitHubError::Unreachable(_)) => match open_one(api, full_name, head).await {
            Ok(Some(opened)) => Ok((link(opened), false)),
            Ok(None) => Err(told(error, base)),
            Err(_) => Err(Error::new(
                slipway_protocol::ErrorKind::Upstream,
                "GitHub did not answer, and could not be asked whether the pull request was opened. Your branch is pushed. Try again: \
                 one that is open is found, and no second one is opened.",
            )),
        },
        Err(error) => Err(told(error, base)),
    }
}

async fn open_one(api: &Api, full_name: &str, head: &str) -> Result<Option<PullRequest>, GitHubError> {
    let found = api.pull_requests_of(full_name, head, &mut None).await?;
    Ok(found.into_iter().find(|pull| pull.state == "open"))
}

pub(super) fn link(pull: PullRequest) -> PullRequestLink {
    PullRequestLink { number: pull.number, url: pull.html_url, title: pull.title }
}

/// What happened, what was kept, what to do.
fn told(error: GitHubError, base: &str) -> Error {
    let sentence = match &error {
        GitHubError::Refused(words) if words.starts_with("No commits between") => {
            format!("There is no pull request to open: the branch holds nothing that {base} lacks.")
        }
        GitHubError::Refused(words) if words == "base is invalid" => format!(
            "The branch {base} is not at GitHub any more, so no pull request was opened. Your branch is pushed; open one by hand \
             into another branch, and it is shown here."
        ),
        GitHubError::Refused(words) => format!(
            "GitHub refused the pull request: {}. Your branch is pushed. Change what it names and try again.",
            words.trim_end_matches('.')
        ),
        GitHubError::Forbidden(words) => format!(
            "GitHub does not let you open a pull request here: {}. Your branch is pushed. Ask the repository's owner.",
            words.trim_end_matches('.')
        ),
        GitHubError::NotFound => "GitHub does not find this repository any more, so no pull request was opened. It was removed, or you \
                                  may no longer see it."
            .into(),
        GitHubError::Unreachable(_) => {
            "GitHub did not answer, and no pull request was opened. Your branch is pushed. Try again in a moment.".into()
        }
        GitHubError::SignedOut | GitHubError::RateLimited { .. } | GitHubError::SlowDown { .. } => {
            format!("{error} Your branch is pushed; no pull request was opened.")
        }
    };
    Error::new(Error::from(error).kind, sentence)
}
