use std::{fs, time::Duration};

use slipway_git::{Delivery, Source};
use slipway_test_support::programs::plain_git;

use crate::stage::Stage;

#[tokio::test]
async fn refreshes_may_meet() {
    let stage = Stage::new();
    let refresh =
        || async { stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await };
    let (a, b, c, d) = tokio::join!(refresh(), refresh(), refresh(), refresh());
    assert_eq!([a, b, c, d], [Ok(()), Ok(()), Ok(()), Ok(())]);
    let head = stage.person(&["rev-parse", "main"]);
    assert_eq!(plain_git(&stage.mirror(), &["rev-parse", "refs/remotes/origin/main"]), head);
    assert_eq!(plain_git(&stage.mirror(), &["for-each-ref", "refs/heads"]), "");
}

#[tokio::test]
async fn branches_that_vanish_make_room() {
    let stage = Stage::new();
    stage.person(&["branch", "topic"]);
    stage.start().await;
    stage.person(&["branch", "--delete", "--force", "topic"]);
    stage.person(&["branch", "topic/one"]);
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    let listed = plain_git(&stage.mirror(), &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(listed, "refs/remotes/origin/main\nrefs/remotes/origin/topic/one");
}

#[tokio::test]
async fn a_killed_fetch_leaves_no_lasting_lock() {
    let stage = Stage::new();
    stage.start().await;
    stage.person(&["commit", "--quiet", "--allow-empty", "--message", "second"]);
    fs::write(stage.mirror().join("refs/remotes/origin/main.lock"), "").unwrap();
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    assert_eq!(
        plain_git(&stage.mirror(), &["rev-parse", "refs/remotes/origin/main"]),
        stage.person(&["rev-parse", "main"])
    );
}

#[tokio::test]
async fn shallow_and_sha256_repositories_work() {
    let stage = Stage::new();
    for name in ["second", "third"] {
        stage.person(&["commit", "--quiet", "--allow-empty", "--message", name]);
    }
    let origin = format!("file://{}", stage.source().display());
    let shallow = stage.folder.path().join("shallow");
    plain_git(
        stage.folder.path(),
        &["clone", "--quiet", "--depth=1", &origin, &shallow.display().to_string()],
    );
    let sha256 = stage.folder.path().join("sha256");
    plain_git(stage.folder.path(), &["init", "--quiet", "-b", "main", "--object-format=sha256", "sha256"]);
    plain_git(&sha256, &["commit", "--quiet", "--allow-empty", "--message", "first"]);

    for source in [shallow, sha256] {
        let (mirror, work) = (source.with_extension("git"), source.with_extension("work"));
        stage.git.refresh_mirror(&Source::Folder(source.clone()), &mirror).await.unwrap();
        let base = stage.git.checkout(&mirror, "main", "slipway/x", &work).await.unwrap();
        fs::write(work.join("new.txt"), "new\n").unwrap();
        assert_eq!(stage.git.changes(&work, &base).await.unwrap().len(), 1);
        let author = ("Ada", "ada@example.org");
        let scratch = source.with_extension("scratch");
        let delivery = Delivery {
            checkout: &work,
            base_commit: &base,
            branch: "slipway/x",
            message: "New",
            author,
            scratch: &scratch,
        };
        let delivered = stage.git.deliver(delivery, &source).await.unwrap();
        assert_eq!(delivered.commits, 1);
        assert_eq!(plain_git(&source, &["rev-parse", "slipway/x"]), delivered.commit);
    }
}

#[tokio::test]
async fn a_mirror_that_rests_goes_unless_somebody_borrows_from_it() {
    let stage = Stage::new();
    stage.start().await;
    let (mirror, month) = (stage.mirror(), Duration::from_hours(30 * 24));
    let remove =
        async |rest, borrowed| stage.git.remove_unused_mirror(&mirror, rest, || borrowed).await.unwrap();
    assert!(!remove(month, false).await, "it was fetched just now");
    assert!(!remove(Duration::ZERO, true).await, "a checkout borrows from it");
    assert!(mirror.join("HEAD").is_file());
    assert!(remove(Duration::ZERO, false).await);
    assert!(!mirror.exists());
}
