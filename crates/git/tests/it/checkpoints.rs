//! What a checkpoint holds, and whatever it may meet.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    time::{Duration, SystemTime},
};

use slipway_git::GitError;
use slipway_test_support::programs::plain_git;

use crate::{
    stage::{BRANCH, Stage, git},
    turn::{a_turn, done},
};

#[tokio::test]
async fn the_same_files_are_the_same_checkpoint_and_the_agents_git_keeps_it() {
    let stage = Stage::new();
    let base = stage.start().await;
    let first = stage.mark(&base, "first").await;
    assert_eq!(stage.mark(&base, "second").await, first);
    // Committing, staging or ignoring changes no file.
    stage.write("a.txt", "changed\n");
    let changed = stage.mark(&base, "third").await;
    assert_ne!(changed, first);
    stage.agent(&["commit", "--quiet", "--all", "--message", "by the agent"]);
    assert_eq!(stage.mark(&base, "fourth").await, changed);
    stage.write("a.txt", "one\ntwo\n");
    assert_eq!(stage.mark(&base, "fifth").await, first);

    stage.write("only here", "x\n");
    let kept = stage.mark(&base, "kept").await;
    stage.remove("only here");
    stage.agent(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(stage.agent(&["show", &format!("{kept}:only here")]), "x");
    assert_eq!(stage.agent(&["rev-parse", "refs/slipway/checkpoints/kept"]), kept);
    assert_eq!(stage.restore(&first, &kept).await, done(1));
    // Under a name that is taken already stands the newer one, also where the agent packed its references.
    assert_eq!(stage.mark(&base, "first").await, kept);
    assert_eq!(stage.agent(&["rev-parse", "refs/slipway/checkpoints/first"]), kept);
    assert_eq!(stage.agent(&["fsck", "--no-dangling"]), "");
}

#[tokio::test]
async fn the_first_one_holds_the_bytes_that_attributes_wrote() {
    let stage = Stage::new();
    let attributes =
        "*.dos eol=crlf\n*.id ident\n*.wide working-tree-encoding=UTF-16LE\n*.txt text=auto eol=lf\n";
    let wide: Vec<u8> = "wide\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(stage.source().join(".gitattributes"), attributes).unwrap();
    fs::write(stage.source().join("two\nlines.dos"), "one\ntwo\n").unwrap();
    fs::write(stage.source().join("version.id"), "$Id$\n").unwrap();
    fs::write(stage.source().join("text.wide"), wide).unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "attributes"]);
    let base = stage.start().await;
    let seed = stage.work().join(".git/slipway-index");
    assert!(seed.is_file());
    let first = stage.mark(&base, "first").await;
    for name in ["a.txt", "two\nlines.dos", "version.id", "text.wide"] {
        let held = stage.agent(&["rev-parse", &format!("{first}:{name}")]);
        assert_eq!(held, stage.agent(&["hash-object", "--no-filters", name]), "{name}");
    }
    let committed = stage.agent(&["rev-parse", "HEAD:two\nlines.dos"]);
    assert_ne!(committed, stage.agent(&["hash-object", "--no-filters", "two\nlines.dos"]));
    fs::remove_file(seed).unwrap();
    assert_eq!(stage.mark(&base, "anew").await, first);
}

/// Also in the second in which all of them were written, when git itself would. Whether a file was read is told by its time of access.
#[tokio::test]
async fn the_first_one_reads_no_file_that_nobody_has_touched() {
    let stage = Stage::new();
    let base = stage.start().await;
    let accessed = |name: &str| fs::metadata(stage.work().join(name)).unwrap().accessed().unwrap();
    stage.write(".git/probe", "read");
    let before = [accessed("a.txt"), accessed(".git/probe")];
    fs::read(stage.work().join(".git/probe")).unwrap();
    if accessed(".git/probe") == before[1] {
        println!("skipped: this disk keeps no times of access");
        return;
    }
    stage.mark(&base, "first").await;
    assert_eq!(accessed("a.txt"), before[0]);
}

/// Within one second, and of the same length: what git itself would only find by reading the file.
#[tokio::test]
async fn what_is_written_in_the_second_of_the_checkout_is_told() {
    for (before_the_first, after) in [(true, false), (false, true), (true, true)] {
        let stage = Stage::new();
        let base = stage.start().await;
        let untouched = stage.work().join(".git/slipway-untouched");
        let mut known = Vec::new();
        if before_the_first {
            stage.write("a.txt", "eno\ntwo\n");
        }
        known.push(stage.mark(&base, "first").await);
        assert_eq!(untouched.exists(), !before_the_first, "what nobody has touched is not read again");
        if after {
            stage.write("a.txt", "owt\none\n");
        }
        known.push(stage.mark(&base, "second").await);
        let changed = stage.git.changes(&stage.work(), &base).await.unwrap();
        assert_eq!(changed.iter().map(|file| &*file.path).collect::<Vec<_>>(), ["a.txt"]);
        stage.write("a.txt", "one\ntwo\n");
        known.push(stage.mark(&base, "third").await);
        known.dedup();
        assert_eq!(known.len(), if after { 3 } else { 2 });
        assert_eq!(stage.git.changes(&stage.work(), &base).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_looked_into_keeps_nothing_else_from_being_recorded() {
    let stage = Stage::new();
    let base = stage.start().await;
    let closed = stage.work().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
    let first = stage.mark(&base, "first").await;
    stage.write("a.txt", "eno\ntwo\n");
    assert_ne!(stage.mark(&base, "second").await, first);
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_server_that_was_taken_over_and_the_next_one_work_side_by_side() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("new", "x\n");
    let delivered = stage.deliver(&base).await.unwrap();
    stage.left_by_a_killed_job("slipway.killed");
    let other = git();
    let look = async {
        let mut seen = Vec::new();
        for number in 0..8 {
            let marked = other.mark(&stage.work(), &base, &format!("look-{number}")).await.unwrap();
            let changed = other.changes(&stage.work(), &base).await.unwrap();
            seen.push((marked, changed.len()));
        }
        seen
    };
    let deliver = async {
        for _ in 0..8 {
            assert_eq!(stage.deliver(&base).await.unwrap(), delivered);
        }
    };
    let (seen, ()) = tokio::join!(look, deliver);
    assert_eq!(seen, vec![(stage.mark(&base, "afterwards").await, 1); 8]);
    let entries = fs::read_dir(stage.work().join(".git")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("slipway.")).count(), 0);
}

#[tokio::test]
async fn the_newest_500_are_held() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.mark(&base, "oldest").await;
    let held = stage.work().join(".git/refs/slipway/checkpoints");
    let later = |number: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(number);
    for number in 0..500 {
        let name = held.join(format!("then-{number}"));
        fs::copy(held.join("oldest"), &name).unwrap();
        fs::File::open(name).unwrap().set_modified(later(1 + number)).unwrap();
    }
    fs::File::open(held.join("oldest")).unwrap().set_modified(later(0)).unwrap();
    stage.mark(&base, "newest").await;
    let names: BTreeSet<_> = fs::read_dir(&held).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let expected = (1..500).map(|number| format!("then-{number}")).chain(["newest".into()]);
    assert_eq!(names, expected.map(Into::into).collect());
}

#[tokio::test]
async fn whatever_the_agents_git_is_at() {
    let stage = Stage::new();
    let base = stage.start().await;
    let before = stage.mark(&base, "before").await;
    // Conflicts, a lock, an index that is gone, a branch without commits.
    stage.write("a.txt", "ours\n");
    stage.agent(&["commit", "--quiet", "--all", "--message", "ours"]);
    stage.agent(&["checkout", "--quiet", "-b", "other", &base]);
    stage.write("a.txt", "theirs\n");
    stage.agent(&["commit", "--quiet", "--all", "--message", "theirs"]);
    let merge = ["merge", "--quiet", BRANCH];
    let merged = std::process::Command::new("git").args(merge).current_dir(stage.work()).output().unwrap();
    assert!(!merged.status.success());
    fs::write(stage.work().join(".git/index.lock"), "").unwrap();
    let status = || {
        let ask = ["--no-optional-locks", "status", "--porcelain"];
        stage.agent(&ask)
    };
    let conflicted = (status(), stage.files());
    assert_eq!(conflicted.0, "UU a.txt");
    let after = stage.mark(&base, "conflicts").await;
    assert_eq!(stage.restore(&after, &before).await, done(1));
    assert_eq!(stage.restore(&before, &after).await, done(1));
    assert_eq!((status(), stage.files()), conflicted);

    fs::remove_file(stage.work().join(".git/index.lock")).unwrap();
    stage.agent(&["reset", "--quiet", "--hard"]);
    stage.agent(&["checkout", "--quiet", "--orphan", "unborn"]);
    stage.agent(&["rm", "--quiet", "-r", "--cached", "."]);
    fs::remove_file(stage.work().join(".git/index")).unwrap();
    let unborn = stage.mark(&base, "unborn").await;
    assert_eq!(stage.difference(&before, &unborn).await, [("a.txt".into(), 1, 2)]);
    // Our own index, too, may be lost or broken.
    fs::write(stage.work().join(".git/slipway-index"), "nonsense").unwrap();
    assert_eq!(stage.mark(&base, "broken").await, unborn);
    fs::remove_file(stage.work().join(".git/slipway-index")).unwrap();
    assert_eq!(stage.mark(&base, "lost").await, unborn);
}

#[tokio::test]
async fn a_repository_of_sha256() {
    let stage = Stage::without_commits();
    fs::remove_dir_all(stage.source().join(".git")).unwrap();
    stage.person(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    fs::write(stage.source().join("a.txt"), "one\ntwo\n").unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "first"]);
    let (before, after) = a_turn(&stage).await;
    assert_eq!((before.len(), after.len()), (64, 64));
    let turned = stage.files();
    assert_eq!(stage.restore(&after, &before).await, done(13));
    assert_eq!(stage.restore(&before, &after).await, done(13));
    assert_eq!(stage.files(), turned);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_left_alone() {
    let stage = Stage::new();
    let base = stage.start().await;
    let large = |name: &str, size| fs::File::create(stage.work().join(name)).unwrap().set_len(size).unwrap();
    let repository = |name: &str| {
        stage.agent(&["init", "--quiet", name]);
        stage.write(&format!("{name}/file"), "theirs\n");
    };
    repository("without commits");
    repository("with commits");
    let within = stage.work().join("with commits");
    plain_git(&within, &["commit", "--quiet", "--allow-empty", "--message", "theirs"]);
    large("large", 101 << 20);
    large("shrinks\nlater", 101 << 20);
    stage.write("grows", "small\n");
    let _socket = UnixListener::bind(stage.work().join("socket")).unwrap();
    let before = stage.mark(&base, "before").await;
    assert_eq!(stage.mark(&base, "same").await, before);

    stage.write("a.txt", "changed\n");
    stage.write("shrinks\nlater", "small\n");
    large("grows", 101 << 20);
    stage.write("with commits/file", "changed\n");
    plain_git(&within, &["commit", "--quiet", "--allow-empty", "--message", "more"]);
    let after = stage.mark(&base, "after").await;
    assert_eq!(stage.restore(&after, &before).await, done(1));
    let read = |name: &str| fs::read_to_string(stage.work().join(name)).unwrap();
    assert_eq!(
        [read("a.txt"), read("shrinks\nlater"), read("with commits/file")],
        ["one\ntwo\n", "small\n", "changed\n"]
    );
    assert_eq!(fs::metadata(stage.work().join("grows")).unwrap().len(), 101 << 20);
    assert_eq!(fs::metadata(stage.work().join("large")).unwrap().len(), 101 << 20);
}

#[tokio::test]
async fn names_and_ids_are_checked_and_a_lost_checkpoint_is_said() {
    let stage = Stage::new();
    let base = stage.start().await;
    let before = stage.mark(&base, "Aa0_-x").await;
    for name in ["", "-x", "a/b", "..", "a.lock", "a\nb", "ü", &"x".repeat(101)] {
        let error = stage.git.mark(&stage.work(), &base, name).await.unwrap_err();
        assert_eq!(error, GitError::Failed(format!("\"{name}\" cannot be the name of a checkpoint.")));
    }
    let unknown = "1".repeat(40);
    let lost = Err(GitError::Failed("The files of that turn are no longer kept in the checkout.".into()));
    assert_eq!(stage.git.restore(&stage.work(), &before, &unknown).await, lost);
    assert_eq!(stage.git.difference(&stage.work(), &unknown, &before).await.map(|_| done(0)), lost);
    for id in ["HEAD", "--help", ""] {
        assert!(stage.git.restore(&stage.work(), id, &before).await.is_err());
        assert!(stage.git.difference(&stage.work(), &before, id).await.is_err());
    }
}
