//! What a session has changed, file by file and line by line, and discarding one file of it.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
};

use slipway_git::{Discarded, Ends, GitError};
use slipway_protocol::{FileChange, FileContent, FileDiff};
use slipway_test_support::programs::plain_git;

use crate::{stage::Stage, turn::a_turn};

impl Stage {
    async fn file_changes(&self, ends: Ends<'_>) -> Vec<FileChange> {
        self.git.file_changes(&self.work(), ends).await.unwrap().files
    }

    /// Each file with what happened to it, in one line.
    async fn told(&self, ends: Ends<'_>) -> Vec<String> {
        let files = self.file_changes(ends).await;
        files.iter().map(tell).collect()
    }

    /// The lines of one file's change.
    async fn lines(&self, ends: Ends<'_>, path: &str) -> Vec<String> {
        let paths = [path.to_owned()];
        let mut diffs = self.git.file_diffs(&self.work(), ends, &paths).await.unwrap();
        assert_eq!(diffs.len(), 1, "{path}");
        lines(&diffs.remove(0).1)
    }

    async fn discard(&self, base: &str, path: &str) -> Result<Discarded, GitError> {
        let before = self.mark(base, "before-discard").await;
        self.git.discard(&self.work(), base, &before, path, "after-discard").await
    }
}

fn tell(file: &FileChange) -> String {
    let renamed = file.old_path.as_ref().map(|old| format!("{old} -> ")).unwrap_or_default();
    let modes = file.modes.as_ref().map(|(old, new)| format!(" {old}>{new}")).unwrap_or_default();
    let content = match file.content {
        FileContent::Text => String::new(),
        other => format!(" {other:?}"),
    };
    format!("{:?} {renamed}{} +{} -{}{modes}{content}", file.status, file.path, file.added, file.removed)
}

fn lines(diff: &FileDiff) -> Vec<String> {
    let number = |number: Option<u32>| number.map_or(".".into(), |number| number.to_string());
    let line = |line: &slipway_protocol::DiffLine| {
        format!("{} {} {:?} {}", number(line.old), number(line.new), line.kind, line.text)
    };
    diff.lines().map(line).collect()
}

/// Enough to be known again after a move.
fn forty_lines() -> String {
    let lines: Vec<_> = (0..40).map(|number| format!("line {number}\n")).collect();
    lines.concat()
}

#[tokio::test]
async fn the_whole_session_is_told_file_by_file() {
    let stage = Stage::without_commits();
    let long = forty_lines();
    for (name, text) in [("a.txt", "one\ntwo\n"), ("gone", "gone\n"), ("moved", &*long), ("tool", "tool\n")] {
        fs::write(stage.source().join(name), text).unwrap();
    }
    fs::write(stage.source().join("binary"), b"\0\x01\0").unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "first"]);
    let base = stage.start().await;
    let since = Ends::SinceBase(&base);
    assert_eq!(stage.told(since).await, [""; 0]);

    stage.write("a.txt", "one\n2\n");
    stage.remove("gone");
    fs::create_dir(stage.work().join("sub")).unwrap();
    stage.remove("moved");
    stage.write("sub/moved", &long.replace("line 7\n", "line seven\n"));
    fs::set_permissions(stage.work().join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    stage.write("binary", "\0\u{2}\0\u{3}");
    stage.write("new, with \"odd\"\tname\n.txt", "1\r\n2");
    fs::write(stage.work().join(OsStr::from_bytes(b"not \xff text")), "x\n").unwrap();
    stage.write("large", &"0123456\n".repeat(1 << 20));
    stage.agent(&["add", "a.txt", "sub/moved"]);
    stage.agent(&["commit", "--quiet", "--message", "some of it"]);
    let status = stage.agent(&["status", "--porcelain"]);
    assert_eq!(
        stage.told(since).await,
        [
            "Modified a.txt +1 -1",
            "Modified binary +0 -0 Binary { before: 3, after: 4 }",
            "Deleted gone +0 -1",
            "Added large +0 -0 Large { bytes: 8388608 }",
            "Added new, with \"odd\"\tname\n.txt +2 -0",
            "Added not \u{fffd} text +1 -0",
            "Renamed moved -> sub/moved +1 -1",
            "Modified tool +0 -0 100644>100755",
        ]
    );
    assert_eq!(stage.lines(since, "a.txt").await, ["1 1 Kept one", "2 . Removed two", ". 2 Added 2"]);
    assert_eq!(
        stage.lines(since, "new, with \"odd\"\tname\n.txt").await,
        [". 1 Added 1\u{240d}", ". 2 Added 2", ". . Note No line break at the end of the file"]
    );
    assert_eq!(stage.lines(since, "not \u{fffd} text").await, [". 1 Added x"]);
    assert_eq!(stage.lines(since, "sub/moved").await.len(), 8);
    assert_eq!(stage.lines(since, "tool").await, [""; 0]);
    assert_eq!(stage.agent(&["status", "--porcelain"]), status, "the agent's index is as it was");
    assert!(!stage.work().join(".git/slipway").exists());

    // Several at once come in the order of the list; what is large or not changed does not come.
    let wanted = ["tool", "large", "a.txt", "none", "gone"].map(str::to_owned);
    let diffs = stage.git.file_diffs(&stage.work(), since, &wanted).await.unwrap();
    let names: Vec<_> = diffs.iter().map(|(file, _)| &*file.path).collect();
    assert_eq!(names, ["a.txt", "gone", "tool"]);
}

#[tokio::test]
async fn a_digest_is_of_what_is_there_before_and_after() {
    let stage = Stage::new();
    let base = stage.start().await;
    let digest = async || stage.file_changes(Ends::SinceBase(&base)).await.remove(0).digest;
    stage.write("a.txt", "1\n");
    let first = digest().await;
    stage.write("b.txt", "1\n");
    assert_eq!(digest().await, first);
    stage.write("a.txt", "2\n");
    assert_ne!(digest().await, first);
    stage.write("a.txt", "1\n");
    assert_eq!(digest().await, first);
}

#[tokio::test]
async fn a_turn_is_told_alone() {
    let stage = Stage::new();
    let (before, after) = a_turn(&stage).await;
    stage.write("a.txt", "changed later\n");
    let turn = Ends::Between(&before, &after);
    assert_eq!(
        stage.told(turn).await,
        [
            "Added -- +1 -0",
            "Deleted -rf +0 -1",
            "Modified a.txt +2 -1",
            "Modified binary +0 -0 Binary { before: 3, after: 4 }",
            "Deleted gone +0 -1",
            "Modified link +1 -1",
            "Added new, with \"odd\"\tname\n.txt +1 -0",
            "Added new/and deep/file +1 -0",
            "Modified tool +0 -0 100644>100755",
            "Deleted was a file +0 -1",
            "Added was a file/now a folder +1 -0",
            "Added was a folder +1 -0",
            "Deleted was a folder/deep/file +0 -1",
        ]
    );
    let expected = ["1 1 Kept one", "2 . Removed two", ". 2 Added 2", ". 3 Added three"];
    assert_eq!(stage.lines(turn, "a.txt").await, expected);
    let lost = "1".repeat(40);
    let gone = GitError::Failed("The files of that turn are no longer kept in the checkout.".into());
    assert_eq!(stage.git.file_changes(&stage.work(), Ends::Between(&lost, &after)).await, Err(gone));
    assert!(stage.git.file_changes(&stage.work(), Ends::Between("--help", &after)).await.is_err());
}

#[tokio::test]
async fn a_long_change_is_cut_and_counted() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("long", &"x\n".repeat(20_010));
    stage.write("wide", &format!("{}\n", "ä".repeat(3_000)));
    let diffs = stage.git.file_diffs(&stage.work(), Ends::SinceBase(&base), &["long".into()]).await.unwrap();
    assert_eq!((diffs[0].1.lines().count(), diffs[0].1.left_out), (20_000, 10));
    let wide = stage.lines(Ends::SinceBase(&base), "wide").await;
    assert_eq!(wide, [format!(". 1 Added {}…", "ä".repeat(2_000))]);
}

#[tokio::test]
async fn a_file_is_discarded_whatever_became_of_it_and_comes_back() {
    let stage = Stage::without_commits();
    let long = forty_lines();
    for (name, text) in [("changed", "1\n"), ("gone", "gone\n"), ("moved", &*long), ("-rf", "1\n")] {
        fs::write(stage.source().join(name), text).unwrap();
    }
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "first"]);
    let base = stage.start().await;
    let clean = stage.files();
    stage.write("changed", "2\n");
    stage.remove("gone");
    stage.remove("moved");
    fs::create_dir(stage.work().join("sub")).unwrap();
    stage.write("sub/moved here", &long);
    stage.write("-rf", "2\n");
    stage.write("new*", "new\n");
    stage.write("newer", "kept\n");
    stage.agent(&["add", "--all"]);
    stage.agent(&["commit", "--quiet", "--message", "by the agent"]);
    let dirty = stage.files();

    let before = stage.mark(&base, "before").await;
    for path in ["changed", "gone", "sub/moved here", "-rf", "new*"] {
        let discarded = stage.discard(&base, path).await.unwrap();
        assert!(matches!(discarded, Discarded::Done { .. }), "{path}: {discarded:?}");
    }
    let newer = ("newer".to_owned(), "- kept\n".to_owned());
    assert_eq!(stage.files(), clean.clone().into_iter().chain([newer]).collect());
    assert_eq!(stage.told(Ends::SinceBase(&base)).await, ["Added newer +1 -0"]);
    let after = stage.mark(&base, "after").await;
    stage.restore(&after, &before).await;
    assert_eq!(stage.files(), dirty);
}

#[tokio::test]
async fn only_what_is_listed_can_be_discarded() {
    let stage = Stage::new();
    let base = stage.start().await;
    fs::write(stage.folder.path().join("outside"), "kept\n").unwrap();
    stage.write("a.txt", "changed\n");
    let files = stage.files();
    for path in ["../outside", ".git/config", "/etc/passwd", "--help", "", "a.txt/", "*", ":/a.txt"] {
        let refused = stage.discard(&base, path).await.unwrap_err();
        assert_eq!(refused, GitError::Failed(format!("{path} has no changes any more.")));
    }
    assert_eq!(stage.files(), files);

    // A folder took the place of a file: it would have to go with all that is in it.
    stage.remove("a.txt");
    fs::create_dir(stage.work().join("a.txt")).unwrap();
    stage.write("a.txt/inside", "new\n");
    let refused = stage.discard(&base, "a.txt").await.unwrap_err();
    let sentence = "Other files stand where a.txt was. Discard them first. Nothing was changed.";
    assert_eq!(refused, GitError::Failed(sentence.into()));
    stage.discard(&base, "a.txt/inside").await.unwrap();
    stage.discard(&base, "a.txt").await.unwrap();
    assert_eq!(fs::read_to_string(stage.work().join("a.txt")).unwrap(), "one\ntwo\n");

    // A repository inside is none of ours to throw away.
    stage.agent(&["init", "--quiet", "inside"]);
    stage.write("inside/file", "1\n");
    plain_git(&stage.work().join("inside"), &["add", "--all"]);
    plain_git(&stage.work().join("inside"), &["commit", "--quiet", "--message", "inside"]);
    assert_eq!(stage.told(Ends::SinceBase(&base)).await, ["Added inside +1 -0 Repository"]);
    let refused = stage.discard(&base, "inside").await.unwrap_err();
    assert!(refused.to_string().starts_with("inside is another repository"), "{refused}");
}
