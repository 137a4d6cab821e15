//! Pull requests, their checks and their reviews, at a GitHub.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use slipway_github::{Addresses, Api, GitHubError, NewPullRequest, Token};
use slipway_test_support::{
    GitHub,
    github::{Annotation, CheckRun, PullFault},
};

const REPOSITORY: &str = "ada/clock";
const BRANCH: &str = "slipway/mend-7f3k";

struct Stage {
    github: GitHub,
    api: Api,
    /// Of the branch that was pushed.
    commit: String,
}

impl Stage {
    async fn set() -> Self {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_repository(REPOSITORY, true, &["ada"]);
        github.add_code(REPOSITORY, &[("clock.txt", "tick\n")]);
        let commit = github.commit(REPOSITORY, BRANCH, "Mend the clock");
        let api = api(&github, "ada");
        Self { github, api, commit }
    }

    async fn open(&self) -> Result<u64, GitHubError> {
        self.open_from(BRANCH).await
    }

    async fn open_from(&self, head: &str) -> Result<u64, GitHubError> {
        let (title, body) = ("Mend the clock", "It ticked twice.");
        let new = NewPullRequest { title, body, head, base: "main", draft: true };
        self.api.open_pull_request(REPOSITORY, &new).await.map(|pull| pull.number)
    }
}

fn api(github: &GitHub, login: &str) -> Api {
    let addresses = Addresses { web: github.url(), api: github.url(), git: github.url() };
    Api::new(&addresses, &Token::new(github.token_of(login))).unwrap()
}

#[tokio::test]
async fn one_is_opened_and_found_by_its_branch() {
    let stage = Stage::set().await;
    assert_eq!(stage.api.pull_requests_of(REPOSITORY, BRANCH, &mut None).await.unwrap(), []);
    assert_eq!(stage.open().await, Ok(1));
    let found = stage.api.pull_requests_of(REPOSITORY, BRANCH, &mut None).await.unwrap();
    let shown: Vec<_> =
        found.iter().map(|pull| (pull.number, &*pull.state, pull.draft, &*pull.head.sha)).collect();
    assert_eq!(shown, [(1, "open", true, &*stage.commit)]);
    assert_eq!(stage.api.pull_requests_of(REPOSITORY, "slipway/other", &mut None).await.unwrap(), []);
    assert_eq!(stage.api.pull_request(REPOSITORY, 1, &mut None).await.unwrap(), found[0]);
}

#[tokio::test]
async fn each_refusal_says_why() {
    let stage = Stage::set().await;
    let refused = |sentence: &str| Err(GitHubError::Refused(sentence.into()));
    assert_eq!(stage.open_from("slipway/none").await, refused("head is invalid"));
    stage.github.git(REPOSITORY, &["update-ref", "refs/heads/slipway/same", "main"]);
    assert_eq!(stage.open_from("slipway/same").await, refused("No commits between main and slipway/same"));
    for (fault, expected) in [
        (PullFault::Broken, GitHubError::Unreachable("500".into())),
        (PullFault::Forbidden, GitHubError::Forbidden("Resource not accessible by integration".into())),
        (PullFault::Conflict, GitHubError::Refused("Git Repository is locked.".into())),
    ] {
        stage.github.fail_pull(fault);
        assert_eq!(stage.open().await, Err(expected), "{fault:?}");
    }
    assert_eq!(stage.github.pulls(), []);
    stage.open().await.unwrap();
    assert_eq!(stage.open().await, refused("A pull request already exists for ada:slipway/mend-7f3k."));
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_is_not_sent_again() {
    let stage = Stage::set().await;
    stage.github.fail_pull(PullFault::AnswerLost);
    assert!(matches!(stage.open().await, Err(GitHubError::Unreachable(_))));
    assert_eq!(stage.github.pulls().len(), 1);
}

#[tokio::test]
async fn a_repository_that_was_renamed_is_followed() {
    let stage = Stage::set().await;
    stage.github.rename(REPOSITORY, "ada/chronometer");
    assert_eq!(stage.api.repository(REPOSITORY).await.unwrap().full_name, "ada/chronometer");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let stage = Stage::set().await;
    let run = |conclusion: &str| CheckRun {
        name: "test".into(),
        status: "completed".into(),
        conclusion: Some(conclusion.into()),
        summary: "1 failed".into(),
        annotations: vec![Annotation { path: "clock.txt".into(), line: 1, message: "ticks twice".into() }],
        ..CheckRun::default()
    };
    let id = stage.github.check(&stage.commit, run("failure"));
    stage.github.status(&stage.commit, "ci/old", "pending", "It waits.");
    let (mut runs, mut statuses) = (None, None);
    for _ in 0..3 {
        let found = stage.api.check_runs(REPOSITORY, &stage.commit, &mut runs).await.unwrap();
        assert_eq!(found[0].conclusion.as_deref(), Some("failure"));
        let found = stage.api.statuses(REPOSITORY, &stage.commit, &mut statuses).await.unwrap();
        assert_eq!((&*found[0].context, &*found[0].state), ("ci/old", "pending"));
    }
    assert_eq!(stage.github.looks(), (6, 4));
    stage.github.check(&stage.commit, run("success"));
    let found = stage.api.check_runs(REPOSITORY, &stage.commit, &mut runs).await.unwrap();
    assert_eq!(found[0].conclusion.as_deref(), Some("success"));

    let run = stage.api.check_run(REPOSITORY, id).await.unwrap();
    assert_eq!(run.output.summary.as_deref(), Some("1 failed"));
    let annotations = stage.api.annotations(REPOSITORY, id).await.unwrap();
    assert_eq!(annotations[0].message.as_deref(), Some("ticks twice"));
}

#[tokio::test]
async fn what_people_say_is_heard() {
    let stage = Stage::set().await;
    let number = stage.open().await.unwrap();
    stage.github.review(number, "bob", "CHANGES_REQUESTED", "Please mend this.");
    stage.github.comment(number, "bob", "clock.txt", 1, "Why twice?");
    let reviews = stage.api.reviews(REPOSITORY, number, &mut None).await.unwrap();
    let said: Vec<_> = reviews.iter().map(|review| (&*review.state, review.body.as_deref())).collect();
    assert_eq!(said, [("CHANGES_REQUESTED", Some("Please mend this."))]);
    let comments = stage.api.line_comments(REPOSITORY, number, &mut None).await.unwrap();
    let said: Vec<_> =
        comments.iter().map(|comment| (&*comment.path, comment.line, &*comment.body)).collect();
    assert_eq!(said, [("clock.txt", Some(1), "Why twice?")]);
}
