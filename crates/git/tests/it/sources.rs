use slipway_git::{Description, GitError, Source};

use slipway_test_support::programs::plain_git;

use crate::stage::{Stage, git};

#[tokio::test]
async fn git_is_there() {
    let version = git().version().await.unwrap();
    assert!(version.starts_with(char::is_numeric), "{version}");
}

#[tokio::test]
async fn a_missing_git_is_said_so() {
    let missing = slipway_git::Git::new(crate::stage::sandbox().into(), "/nowhere/git".into());
    let error = missing.version().await.unwrap_err();
    assert!(error.to_string().starts_with("git could not be started (/nowhere/git)"), "{error}");
}

#[tokio::test]
async fn the_default_branch_comes_first() {
    let stage = Stage::new();
    for branch in ["alpha", "zeta"] {
        stage.person(&["branch", branch]);
    }
    let names = async || {
        let branches = stage.git.branches(&Source::Folder(stage.source())).await.unwrap();
        branches.into_iter().map(|branch| branch.name).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["main", "alpha", "zeta"]);

    // What is checked out counts, unless the origin says better.
    stage.person(&["switch", "--quiet", "zeta"]);
    assert_eq!(names().await, ["zeta", "alpha", "main"]);
    stage.person(&["update-ref", "refs/remotes/origin/alpha", "main"]);
    stage.person(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/alpha"]);
    assert_eq!(names().await, ["alpha", "main", "zeta"]);
}

#[tokio::test]
async fn an_empty_repository_says_so() {
    let stage = Stage::without_commits();
    let described = stage.git.describe(&stage.source()).await.unwrap();
    assert_eq!(described, Description { default_branch: String::new(), updated_at: 0, empty: true });

    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    let error = stage.git.checkout(&stage.mirror(), "main", "slipway/x", &stage.work()).await.unwrap_err();
    assert_eq!(error, GitError::Empty);
    assert_eq!(error.to_string(), "This repository is empty: commit something to it first.");
}

#[tokio::test]
async fn a_folder_inside_a_repository_is_not_one() {
    let stage = Stage::new();
    let inside = stage.source().join("folder");
    std::fs::create_dir(&inside).unwrap();
    let error = stage.git.branches(&Source::Folder(inside.clone())).await.unwrap_err();
    assert_eq!(error, GitError::NotARepository(inside.display().to_string()));
    let missing = stage.folder.path().join("missing");
    assert_eq!(
        stage.git.describe(&missing).await.unwrap_err(),
        GitError::NotARepository(missing.display().to_string())
    );
}

#[tokio::test]
async fn the_sample_is_the_same_everywhere() {
    let stage = Stage::new();
    let at = stage.folder.path().join("samples/tide");
    stage.git.make_sample(&at).await.unwrap();
    stage.git.make_sample(&at).await.unwrap();
    assert_eq!(plain_git(&at, &["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(plain_git(&at, &["status", "--porcelain"]), "");
    assert_eq!(plain_git(&at, &["rev-parse", "HEAD"]), "1c185c2c6e85df6e6deb4e585169cbaf5c8165ed");
    let described = stage.git.describe(&at).await.unwrap();
    let newest = 1_767_690_000_000;
    assert_eq!(described, Description { default_branch: "main".into(), updated_at: newest, empty: false });
}
