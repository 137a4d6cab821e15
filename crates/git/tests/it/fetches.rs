//! Reading from a GitHub: a mirror and its branches, and what is said where they cannot be read.

use std::{path::PathBuf, sync::Arc};

use slipway_git::{Ahead, Git, GitError, Source, Unfetched};
use slipway_test_support::github::{GitFault, GitHub};
use tempfile::TempDir;

use crate::stage::sandbox;

const REPOSITORY: &str = "ada/clock";

struct Stage {
    github: GitHub,
    git: Git,
    folder: TempDir,
    first: String,
}

impl Stage {
    async fn set() -> Self {
        let github = GitHub::start().await.unwrap();
        github.add_person("ada");
        github.add_person("eve");
        github.add_repository(REPOSITORY, true, &["ada"]);
        let first = github.add_code(REPOSITORY, &[("a.txt", "one\n")]);
        let git = Git::new(Arc::new(sandbox()), "git".into());
        Self { github, git, folder: tempfile::tempdir().unwrap(), first }
    }

    fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirror.git")
    }

    fn source(&self, token: &str) -> Source {
        let url = format!("{}/{REPOSITORY}.git", self.github.url());
        Source::Remote { url, token: Some(token.into()) }
    }

    /// Why neither a fetch nor a look at the branches comes to anything; `before` each of them.
    async fn refused(&self, token: &str, before: impl Fn()) -> [GitError; 2] {
        let source = self.source(token);
        before();
        let fetched = self.git.refresh_mirror(&source, &self.mirror()).await.unwrap_err();
        before();
        [fetched, self.git.branches(&source).await.unwrap_err()]
    }
}

fn both(why: Unfetched) -> [GitError; 2] {
    [why.into(), why.into()]
}

#[tokio::test]
async fn each_refusal_is_told_apart_and_the_mirror_stays_as_it_was() {
    let stage = Stage::set().await;
    let ada = stage.github.token_of("ada");
    stage.git.refresh_mirror(&stage.source(&ada), &stage.mirror()).await.unwrap();
    let newer = stage.github.commit(REPOSITORY, "main", "second");

    assert_eq!(stage.refused("gho_nobody", || ()).await, both(Unfetched::SignedOut));
    let eve = stage.github.token_of("eve");
    assert_eq!(stage.refused(&eve, || ()).await, both(Unfetched::Missing));
    for (fault, why) in [
        (GitFault::Forbidden, Unfetched::Forbidden),
        (GitFault::SlowDown, Unfetched::Busy),
        (GitFault::Unavailable, Unfetched::Broken),
        (GitFault::Cut, Unfetched::Broken),
    ] {
        assert_eq!(stage.refused(&ada, || stage.github.fail_fetch(fault)).await, both(why), "{fault:?}");
    }
    let as_it_was = Ahead { commits: 0, tip: stage.first.clone() };
    assert_eq!(stage.git.ahead(&stage.mirror(), &stage.first, "main").await, Ok(as_it_was));

    let source = stage.source(&ada);
    stage.git.refresh_mirror(&source, &stage.mirror()).await.unwrap();
    let branches = stage.git.branches(&source).await.unwrap();
    assert_eq!(branches.iter().map(|branch| &*branch.commit).collect::<Vec<_>>(), [&*newer]);
}

#[tokio::test]
async fn nobody_there_at_all() {
    let mut stage = Stage::set().await;
    let source = stage.source("x");
    stage.github = GitHub::start().await.unwrap();
    let fetched = stage.git.refresh_mirror(&source, &stage.mirror()).await;
    assert_eq!(fetched, Err(Unfetched::Broken.into()));
}
