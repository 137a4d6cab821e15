//! How a pull request stands, asked of GitHub only while somebody looks.
//!
//! Per person and session one look at a time, with all who wait sharing its answer; what has not changed is not sent again. Where
//! GitHub asks to wait, nobody asks before that.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use slipway_github::{
    Api, CheckRun, CheckRuns, GitHubError, LineComment, PullRequest, Review, Seen, Status, Statuses,
};
use slipway_protocol::{
    Check, CheckState, Finding, Person, PullRequestComment, PullRequestState, PullRequestView, SessionHead,
    SessionId, UserId,
};

use super::open::link;
use crate::{Error, clock};

/// An answer is given again for so long.
const FRESH: Duration = Duration::from_secs(3);
/// Who was not looked at for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_mins(10);
/// Nobody waits longer than this, whatever GitHub says.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

type Held = Arc<tokio::sync::Mutex<Watch>>;

#[derive(Default)]
pub(crate) struct Watches(Mutex<HashMap<(UserId, SessionId), (Instant, Held)>>);

/// What is known of one session's pull request.
#[derive(Default)]
struct Watch {
    /// The last answer, and until when it is given again.
    last: Option<(Instant, Result<Option<PullRequestView>, Error>)>,
    list: Option<Seen<Vec<PullRequest>>>,
    pull: Option<Seen<PullRequest>>,
    runs: Option<Seen<CheckRuns>>,
    statuses: Option<Seen<Statuses>>,
    reviews: Option<Seen<Vec<Review>>>,
    comments: Option<Seen<Vec<LineComment>>>,
}

impl Watches {
    pub(crate) async fn look(
        &self,
        who: &Person,
        head: &SessionHead,
        api: &Api,
    ) -> Result<Option<PullRequestView>, Error> {
        let held = self.held(who, head);
        let mut watch = held.lock().await;
        // What was pushed or opened since is looked at at once.
        let known = watch.last.as_ref().filter(|(until, last)| {
            let number = last.as_ref().ok().and_then(|view| view.as_ref()).map(|view| view.link.number);
            let wanted = head.publishing.pull_request.as_ref().map(|link| link.number);
            Instant::now() < *until && (last.is_err() || wanted.is_none() || number == wanted)
        });
        if let Some((_, last)) = known {
            return last.clone();
        }
        let answer = watch.ask(head, api).await;
        let wait = answer.as_ref().err().and_then(wait_of).unwrap_or(FRESH);
        let answer = answer.map_err(Error::from);
        watch.last = Some((Instant::now() + wait, answer.clone()));
        answer
    }

    fn held(&self, who: &Person, head: &SessionHead) -> Held {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        watches.retain(|_, (at, held)| Arc::strong_count(held) > 1 || now.duration_since(*at) < FORGOTTEN);
        let (at, held) =
            watches.entry((who.id.clone(), head.id.clone())).or_insert_with(|| (now, Held::default()));
        *at = now;
        Arc::clone(held)
    }
}

/// How long GitHub asks to be left alone.
fn wait_of(error: &GitHubError) -> Option<Duration> {
    let wait = match error {
        GitHubError::SlowDown { seconds } => Duration::from_secs(*seconds),
        GitHubError::RateLimited { until } => {
            let now = u64::try_from(clock::now() / 1000).unwrap_or_default();
            Duration::from_secs(until.map_or(60, |until| until.saturating_sub(now)))
        }
        _ => return None,
    };
    Some(wait.clamp(FRESH, LONGEST_WAIT))
}

impl Watch {
    async fn ask(&mut self, head: &SessionHead, api: &Api) -> Result<Option<PullRequestView>, GitHubError> {
        let full_name = head.repository.as_str();
        let Some(pull) = self.current(head, api).await? else { return Ok(None) };
        let (mut missing, commit) = (None, pull.head.sha.clone());
        let runs = api.check_runs(full_name, &commit, &mut self.runs).await;
        let statuses = api.statuses(full_name, &commit, &mut self.statuses).await;
        let reviews = api.reviews(full_name, pull.number, &mut self.reviews).await;
        let comments = api.line_comments(full_name, pull.number, &mut self.comments).await;
        let mut checks: Vec<_> = kept(runs, &mut missing)?.into_iter().map(of_run).collect();
        checks.extend(kept(statuses, &mut missing)?.into_iter().map(of_status));
        let mut said: Vec<_> = kept(reviews, &mut missing)?.into_iter().filter_map(of_review).collect();
        said.extend(kept(comments, &mut missing)?.into_iter().map(of_comment));
        let state = state_of(&pull);
        Ok(Some(PullRequestView { link: link(pull), state, checks, comments: said, missing }))
    }

    /// The one that the session opened, else the newest of its branch.
    async fn current(&mut self, head: &SessionHead, api: &Api) -> Result<Option<PullRequest>, GitHubError> {
        let full_name = head.repository.as_str();
        if let Some(link) = &head.publishing.pull_request {
            return api.pull_request(full_name, link.number, &mut self.pull).await.map(Some);
        }
        if head.publishing.commit.is_none() {
            return Ok(None);
        }
        let found = api.pull_requests_of(full_name, &head.branch, &mut self.list).await?;
        let open = found.iter().find(|pull| pull.state == "open");
        Ok(open.or(found.first()).cloned())
    }
}

/// A part that this person or app may not read is left out and said; what concerns all of it ends the look.
fn kept<T>(answer: Result<Vec<T>, GitHubError>, missing: &mut Option<String>) -> Result<Vec<T>, GitHubError> {
    match answer {
        Ok(found) => Ok(found),
        Err(GitHubError::Forbidden(_) | GitHubError::NotFound) => {
            *missing = Some(
                "GitHub does not show all of it to you here: some checks or comments are missing.".into(),
            );
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

pub(super) fn state_of(pull: &PullRequest) -> PullRequestState {
    match (&*pull.state, pull.draft) {
        (_, _) if pull.merged_at.is_some() => PullRequestState::Merged,
        ("open", true) => PullRequestState::Draft,
        ("open", false) => PullRequestState::Open,
        _ => PullRequestState::Closed,
    }
}

fn of_run(run: CheckRun) -> Check {
    let state = match (&*run.status, run.conclusion.as_deref()) {
        ("completed", Some("success")) => CheckState::Passed,
        ("completed", Some("neutral" | "skipped" | "stale")) => CheckState::Skipped,
        ("completed", _) => CheckState::Failed,
        ("in_progress", _) => CheckState::Running,
        _ => CheckState::Waiting,
    };
    Check {
        name: run.name,
        state,
        url: run.html_url.filter(|url| is_web(url)),
        finding: Finding::CheckRun { id: run.id },
    }
}

fn of_status(status: Status) -> Check {
    let state = match &*status.state {
        "success" => CheckState::Passed,
        "failure" | "error" => CheckState::Failed,
        _ => CheckState::Waiting,
    };
    let finding = Finding::Status { context: status.context.clone() };
    Check { name: status.context, state, url: status.target_url.filter(|url| is_web(url)), finding }
}

/// An address that a page may lead to: whoever reports a check chooses it.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn of_review(review: Review) -> Option<PullRequestComment> {
    let said = review.body.unwrap_or_default();
    let verdict = match &*review.state {
        "APPROVED" => "Approved.",
        "CHANGES_REQUESTED" => "Asked for changes.",
        "COMMENTED" if !said.trim().is_empty() => "",
        _ => return None,
    };
    let body = [verdict, said.trim()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
    Some(PullRequestComment {
        author: review.user.map_or_else(|| "ghost".into(), |user| user.login),
        place: None,
        body: body.join("\n\n"),
        url: review.html_url,
        finding: Finding::Review { id: review.id },
    })
}

fn of_comment(comment: LineComment) -> PullRequestComment {
    let place = match comment.line {
        Some(line) => format!("{}:{line}", comment.path),
        None => comment.path,
    };
    PullRequestComment {
        author: comment.user.map_or_else(|| "ghost".into(), |user| user.login),
        place: Some(place),
        body: comment.body,
        url: comment.html_url,
        finding: Finding::Comment { id: comment.id },
    }
}
