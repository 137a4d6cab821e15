use slipway_git::{Delivery, GitError};

use crate::stage::{BRANCH, Stage};

#[tokio::test]
async fn what_is_outstanding_arrives_as_a_commit_of_the_person() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("b.txt", "new\n");
    stage.agent(&["add", "--all"]);
    stage.agent(&["commit", "--quiet", "--message", "by the agent"]);
    stage.write("a.txt", "one\n2\n");

    let delivered = stage.deliver(&base).await.unwrap();
    assert_eq!((delivered.branch.as_str(), delivered.commits), (BRANCH, 2));
    let shown = stage.person(&["log", "-1", "--format=%H %an <%ae> %cn: %B", BRANCH]);
    assert_eq!(shown.trim(), format!("{} Ada <ada@example.org> Slipway: Mend the clock", delivered.commit));
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:a.txt")]), "one\n2");

    // The person's own things are as they were, and so is the checkout, but for the commit.
    assert_eq!(stage.person(&["status", "--porcelain", "--branch"]), "## main");
    assert_eq!(stage.person(&["rev-parse", "main"]), base);
    assert_eq!(
        stage.person(&["for-each-ref", "--format=%(refname)"]),
        format!("refs/heads/main\nrefs/heads/{BRANCH}")
    );
    assert_eq!(stage.agent(&["status", "--porcelain"]), "");
    assert_eq!(stage.agent(&["rev-parse", "HEAD"]), delivered.commit);
    assert!(!stage.folder.path().join("scratch").exists());
}

#[tokio::test]
async fn again_brings_what_is_new() {
    let stage = Stage::new();
    let base = stage.start().await;
    assert_eq!(stage.deliver(&base).await.unwrap_err(), GitError::NothingToDeliver);
    stage.write("a.txt", "1\n");
    let first = stage.deliver(&base).await.unwrap();
    assert_eq!(stage.deliver(&base).await.unwrap(), first);
    stage.write("a.txt", "2\n");
    let second = stage.deliver(&base).await.unwrap();
    assert_eq!(second.commits, 2);
    assert_eq!(stage.person(&["rev-parse", BRANCH]), second.commit);
}

#[tokio::test]
async fn a_branch_that_is_checked_out_is_refused() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "1\n");
    stage.deliver(&base).await.unwrap();
    stage.person(&["switch", "--quiet", BRANCH]);
    stage.write("a.txt", "2\n");
    let error = stage.deliver(&base).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("The branch {BRANCH} is checked out in /")), "{error}");
    assert_eq!(std::fs::read_to_string(stage.source().join("a.txt")).unwrap(), "1\n");
}

#[tokio::test]
async fn a_branch_somebody_went_on_with_is_not_overwritten() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "1\n");
    stage.deliver(&base).await.unwrap();
    stage.person(&["switch", "--quiet", BRANCH]);
    stage.person(&["commit", "--quiet", "--allow-empty", "--message", "by hand"]);
    let by_hand = stage.person(&["rev-parse", BRANCH]);
    stage.person(&["switch", "--quiet", "main"]);
    stage.write("a.txt", "2\n");
    let error = stage.deliver(&base).await.unwrap_err().to_string();
    assert!(error.contains("has commits that this session does not have"), "{error}");
    assert_eq!(stage.person(&["rev-parse", BRANCH]), by_hand);
}

#[tokio::test]
async fn only_branches_of_ours_are_written() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "1\n");
    let (work, scratch, source) = (stage.work(), stage.folder.path().join("scratch"), stage.source());
    for branch in ["main", "slipway", "slipway/..", "slipway/a b", "-slipway/x"] {
        let delivery = Delivery {
            checkout: &work,
            base_commit: &base,
            branch,
            message: "m",
            author: ("Ada", "ada@example.org"),
            scratch: &scratch,
        };
        stage.git.deliver(delivery, &source).await.unwrap_err();
    }
    assert_eq!(stage.person(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

#[tokio::test]
async fn conflicts_and_a_busy_index_are_said_so() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "1\n");
    std::fs::write(stage.work().join(".git/index.lock"), "").unwrap();
    let error = stage.deliver(&base).await.unwrap_err().to_string();
    assert_eq!(error, "git is at work in the checkout right now. Try again in a moment.");
    std::fs::remove_file(stage.work().join(".git/index.lock")).unwrap();

    stage.agent(&["commit", "--quiet", "--all", "--message", "ours"]);
    stage.agent(&["switch", "--quiet", "--create", "other", &base]);
    stage.write("a.txt", "2\n");
    stage.agent(&["commit", "--quiet", "--all", "--message", "theirs"]);
    let merge = std::process::Command::new("git").args(["merge", BRANCH]).current_dir(stage.work()).output();
    assert!(!merge.unwrap().status.success());
    let error = stage.deliver(&base).await.unwrap_err().to_string();
    assert_eq!(error, "The checkout has conflicts that nobody has resolved yet.");
}
