//! Pushes to a GitHub: what arrives, what stands against it, and what is said then.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use slipway_git::{Delivery, Git, GitError, Pushed, Remote, Source, Unpushed};
use slipway_sandbox::{Isolation, Sandbox};
use slipway_test_support::{
    github::{GitFault, GitHub},
    programs::{built, keeper},
};
use tempfile::TempDir;

use crate::stage::BRANCH;

const REPOSITORY: &str = "ada/clock";

/// A git that writes down how it was called before it does its work.
const RECORDER: &str = "#!/bin/sh
{ echo \"argv: $*\"; cat config .git/config 2>/dev/null; } >>\"$(dirname \"$0\")/record\"
exec git \"$@\"
";

struct Stage {
    github: GitHub,
    git: Git,
    folder: TempDir,
    base: String,
    token: String,
}

impl Stage {
    /// Ada's repository at GitHub, and a session's checkout of it with a change.
    async fn set() -> Self {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_person("bob");
        github.add_repository(REPOSITORY, true, &["ada", "bob"]);
        github.only_reads("bob", REPOSITORY);
        github.add_code(
            REPOSITORY,
            &[("a.txt", "one\ntwo\n"), (".github/Pull_Request_Template.md", "## Why\n")],
        );
        let folder = tempfile::tempdir().unwrap();
        let recorder = folder.path().join("git");
        fs::write(&recorder, RECORDER).unwrap();
        fs::set_permissions(&recorder, fs::Permissions::from_mode(0o755)).unwrap();
        // It writes beside itself, which nothing behind walls can.
        let git = Git::new(Arc::new(Sandbox::new(built(keeper()), Isolation::Host)), recorder);
        let token = github.token_of("ada");
        let mut stage = Self { github, git, folder, base: String::new(), token };
        let source = Source::Remote { url: stage.url(), token: Some(stage.token.clone()) };
        stage.git.refresh_mirror(&source, &stage.mirror()).await.unwrap();
        stage.base = stage.git.checkout(&stage.mirror(), "main", BRANCH, &stage.work()).await.unwrap();
        stage.write("1\n");
        stage
    }

    fn url(&self) -> String {
        format!("{}/{REPOSITORY}.git", self.github.url())
    }

    fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirror.git")
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn write(&self, text: &str) {
        fs::write(self.work().join("a.txt"), text).unwrap();
    }

    async fn push(&self) -> Result<Pushed, GitError> {
        self.push_as(&self.token, None).await
    }

    async fn push_as(&self, token: &str, replacing: Option<&str>) -> Result<Pushed, GitError> {
        let (work, scratch, url) = (self.work(), self.folder.path().join("scratch"), self.url());
        let delivery = Delivery {
            checkout: &work,
            base_commit: &self.base,
            branch: BRANCH,
            message: "Mend the clock",
            author: ("ada", "1000+ada@users.noreply.github.com"),
            scratch: &scratch,
        };
        let remote = Remote { url: &url, token: Some(token) };
        self.git.push(delivery, &self.mirror(), remote, replacing).await
    }

    /// Why nothing was pushed.
    async fn refused(&self) -> Unpushed {
        unpushed(self.push().await)
    }

    fn there(&self) -> Option<String> {
        self.github.commit_of(REPOSITORY, BRANCH)
    }
}

fn unpushed(result: Result<Pushed, GitError>) -> Unpushed {
    match result {
        Err(GitError::Unpushed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_branch_arrives_as_the_persons_own_work() {
    let stage = Stage::set().await;
    let pushed = stage.push().await.unwrap();
    assert_eq!((pushed.delivered.commits, pushed.up_to_date), (1, false));
    assert_eq!(stage.there(), Some(pushed.delivered.commit.clone()));
    let shown = stage.github.git(REPOSITORY, &["log", "-1", "--format=%an <%ae> %cn: %B", BRANCH]);
    assert_eq!(shown.trim(), "ada <1000+ada@users.noreply.github.com> Slipway: Mend the clock");

    // The same again is there already; what is new goes on top.
    assert!(stage.push().await.unwrap().up_to_date);
    stage.write("2\n");
    let second = stage.push().await.unwrap();
    assert_eq!((second.delivered.commits, second.up_to_date), (2, false));
    let branches = stage.github.git(REPOSITORY, &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(branches, format!("refs/heads/main\nrefs/heads/{BRANCH}"));
    assert!(!stage.folder.path().join("scratch").exists());
}

#[tokio::test]
async fn a_token_is_in_no_argument_and_no_file() {
    let stage = Stage::set().await;
    stage.push().await.unwrap();
    let record = fs::read_to_string(stage.folder.path().join("record")).unwrap();
    assert!(record.contains("argv: -c http.followRedirects=false"), "{record}");
    let proof = BASE64_STANDARD.encode(format!("x-access-token:{}", stage.token));
    for secret in [&stage.token, &proof] {
        assert!(!record.contains(secret.as_str()));
        let kept =
            std::process::Command::new("grep").args(["-rlF", secret]).arg(stage.folder.path()).output();
        assert_eq!(String::from_utf8(kept.unwrap().stdout).unwrap(), "");
    }
}

#[tokio::test]
async fn somebody_elses_commits_are_replaced_only_on_request_and_only_those_that_were_seen() {
    let stage = Stage::set().await;
    stage.push().await.unwrap();
    let theirs = stage.github.commit(REPOSITORY, BRANCH, "by hand");
    stage.write("2\n");
    let refused = stage.refused().await;
    let diverged = |theirs: &str| Unpushed::Diverged { branch: BRANCH.into(), theirs: Some(theirs.into()) };
    assert_eq!(refused, diverged(&theirs));
    assert_eq!(stage.there(), Some(theirs.clone()));

    // They went on meanwhile: what nobody has seen is not replaced.
    let newer = stage.github.commit(REPOSITORY, BRANCH, "again by hand");
    assert_eq!(unpushed(stage.push_as(&stage.token, Some(&theirs)).await), diverged(&newer));
    let pushed = stage.push_as(&stage.token, Some(&newer)).await.unwrap();
    assert_eq!(stage.there(), Some(pushed.delivered.commit));
}

#[tokio::test]
async fn a_branch_that_was_removed_there_is_made_again() {
    let stage = Stage::set().await;
    stage.push().await.unwrap();
    stage.github.git(REPOSITORY, &["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    let again = stage.push().await.unwrap();
    assert_eq!((stage.there(), again.up_to_date), (Some(again.delivered.commit), false));
}

#[tokio::test]
async fn each_refusal_is_told_apart_and_nothing_is_lost() {
    let stage = Stage::set().await;
    let bob = stage.github.token_of("bob");
    assert_eq!(unpushed(stage.push_as(&bob, None).await), Unpushed::Forbidden);
    assert_eq!(unpushed(stage.push_as("gho_nobody", None).await), Unpushed::SignedOut);
    stage.github.add_person("eve");
    let eve = stage.github.token_of("eve");
    assert_eq!(unpushed(stage.push_as(&eve, None).await), Unpushed::Missing);

    stage.github.protect(REPOSITORY, BRANCH);
    let words = format!(
        "GH006: Protected branch update failed for refs/heads/{BRANCH}. Changes must be made through a pull request"
    );
    assert_eq!(stage.refused().await, Unpushed::Declined { branch: BRANCH.into(), words });
    stage.github.protect(REPOSITORY, "main");

    stage.github.fail_push(GitFault::SlowDown);
    assert_eq!(stage.refused().await, Unpushed::Busy);
    for fault in [GitFault::Cut, GitFault::Unavailable] {
        stage.github.fail_push(fault);
        assert_eq!(stage.refused().await, Unpushed::Unreachable, "{fault:?}");
    }
    assert_eq!(stage.there(), None);
    assert_eq!(stage.push().await.unwrap().delivered.commits, 1, "what was outstanding is one commit still");
}

#[tokio::test]
async fn after_a_lost_answer_it_looks_and_does_not_push_again() {
    let stage = Stage::set().await;
    stage.github.fail_push(GitFault::AnswerLost);
    let pushed = stage.push().await.unwrap();
    assert_eq!((stage.there(), stage.github.pushes()), (Some(pushed.delivered.commit), 1));
}

#[tokio::test]
async fn a_renamed_repository_is_missing_at_its_old_address() {
    let stage = Stage::set().await;
    stage.github.rename(REPOSITORY, "ada/chronometer");
    assert_eq!(stage.refused().await, Unpushed::Missing);
}

#[tokio::test]
async fn nobody_there_at_all() {
    let mut stage = Stage::set().await;
    let url = stage.url();
    stage.github = GitHub::start().await.unwrap();
    let remote = Remote { url: &url, token: None };
    let refused = stage.git.branch_of_remote(remote, BRANCH).await.unwrap_err();
    assert_eq!(refused, GitError::Unpushed(Unpushed::Unknown));
}

#[tokio::test]
async fn the_template_is_found_wherever_it_lies() {
    let stage = Stage::set().await;
    let template = stage.git.pull_request_template(&stage.mirror(), "main").await.unwrap();
    assert_eq!(template.as_deref(), Some("## Why\n"));
    assert!(stage.git.pull_request_template(&stage.mirror(), "none").await.is_err());
}
