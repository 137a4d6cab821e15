//! The base branch goes on while a session works.

use std::fs;

use slipway_git::{Ahead, GitError, Source, Updated};
use slipway_protocol::UpdateWay;

use crate::stage::{BRANCH, Stage};

impl Stage {
    /// The person goes on with `main`: writes the file and commits it. Returns the commit.
    async fn base_moves(&self, name: &str, text: &str) -> String {
        fs::write(self.source().join(name), text).unwrap();
        self.person(&["add", "--all"]);
        self.person(&["commit", "--quiet", "--message", &format!("change {name}")]);
        self.git.refresh_mirror(&Source::Folder(self.source()), &self.mirror()).await.unwrap();
        self.person(&["rev-parse", "main"])
    }

    async fn update(&self, base: &str, way: UpdateWay) -> Result<Updated, GitError> {
        self.git.update(&self.work(), &self.mirror(), base, "main", way).await
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap()
    }

    fn agent_commits(&self, message: &str) {
        self.agent(&["add", "--all"]);
        self.agent(&["commit", "--quiet", "--message", message]);
    }
}

fn clean(base_commit: &str) -> Updated {
    Updated { base_commit: base_commit.to_owned(), conflicts: vec![] }
}

#[tokio::test]
async fn a_branch_that_moved_on_is_counted() {
    let stage = Stage::new();
    let base = stage.start().await;
    let ahead = stage.git.ahead(&stage.mirror(), &base, "main").await.unwrap();
    assert_eq!(ahead, Ahead { commits: 0, tip: base.clone() });
    stage.base_moves("b.txt", "b\n").await;
    let tip = stage.base_moves("c.txt", "c\n").await;
    let ahead = stage.git.ahead(&stage.mirror(), &base, "main").await.unwrap();
    assert_eq!(ahead, Ahead { commits: 2, tip });
    let gone = stage.git.ahead(&stage.mirror(), &base, "gone").await.unwrap_err();
    assert_eq!(gone, GitError::UnknownBranch("gone".into()));
}

#[tokio::test]
async fn what_was_not_committed_follows_and_stays_uncommitted() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "one\ntwo\nthree by the agent\n");
    stage.write("new file.txt", "new\n");
    let tip = stage.base_moves("b.txt", "b\n").await;

    assert_eq!(stage.update(&base, UpdateWay::Merge).await.unwrap(), clean(&tip));
    assert_eq!(stage.read("a.txt"), "one\ntwo\nthree by the agent\n");
    assert_eq!(stage.read("b.txt"), "b\n");
    assert_eq!(stage.agent(&["rev-parse", "HEAD", "origin/main"]), format!("{tip}\n{tip}"));
    assert_eq!(stage.agent(&["symbolic-ref", "--short", "HEAD"]), BRANCH);
    assert_eq!(stage.agent(&["status", "--porcelain"]), " M a.txt\n?? \"new file.txt\"");
    let changed = [("a.txt".to_owned(), 1, 0), ("new file.txt".to_owned(), 1, 0)];
    assert_eq!(stage.changed(&tip).await, changed);
    // Once more changes nothing.
    assert_eq!(stage.update(&tip, UpdateWay::Merge).await.unwrap(), clean(&tip));
    assert_eq!(stage.changed(&tip).await, changed);
}

#[tokio::test]
async fn commits_are_joined_by_a_merge() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("mine.txt", "mine\n");
    stage.agent_commits("by the agent");
    let mine = stage.agent(&["rev-parse", "HEAD"]);
    stage.write("mine.txt", "mine, and more\n");
    let tip = stage.base_moves("b.txt", "b\n").await;

    assert_eq!(stage.update(&base, UpdateWay::Merge).await.unwrap(), clean(&tip));
    assert_eq!(stage.agent(&["log", "-1", "--format=%P %s"]), format!("{mine} {tip} Merge branch main"));
    assert_eq!(stage.agent(&["status", "--porcelain"]), " M mine.txt");
    let delivered = stage.deliver(&tip).await.unwrap();
    assert_eq!(delivered.commits, 3);
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:mine.txt")]), "mine, and more");
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:b.txt")]), "b");
}

#[tokio::test]
async fn commits_are_put_on_top_anew_with_their_author_and_words() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("mine.txt", "1\n");
    stage.agent_commits("first\n\nwith a body");
    stage.write("mine.txt", "2\n");
    stage.agent_commits("second");
    let wanted = stage.agent(&["log", "-2", "--format=%an %ae %ad%n%B"]);
    let tip = stage.base_moves("b.txt", "b\n").await;

    assert_eq!(stage.update(&base, UpdateWay::Rebase).await.unwrap(), clean(&tip));
    assert_eq!(stage.agent(&["log", "-2", "--format=%an %ae %ad%n%B"]), wanted);
    assert_eq!(stage.agent(&["rev-parse", "HEAD~2"]), tip);
    assert_eq!(stage.agent(&["status", "--porcelain"]), "");
    assert_eq!((stage.read("mine.txt"), stage.read("b.txt")), ("2\n".into(), "b\n".into()));
}

#[tokio::test]
async fn where_both_changed_the_same_lines_the_file_gets_both() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "one\nTWO\n");
    stage.write("other.txt", "untouched\n");
    let tip = stage.base_moves("a.txt", "one\nzwei\n").await;

    let updated = stage.update(&base, UpdateWay::Merge).await.unwrap();
    assert_eq!(updated, Updated { base_commit: tip.clone(), conflicts: vec!["a.txt".into()] });
    let text = stage.read("a.txt");
    assert!(text.contains("<<<<<<<") && text.contains("TWO\n") && text.contains("zwei\n"), "{text}");
    assert_eq!(stage.agent(&["status", "--porcelain"]), "UU a.txt\n?? other.txt");
    let refused = stage.update(&tip, UpdateWay::Merge).await.unwrap_err().to_string();
    assert!(refused.contains("nobody has resolved"), "{refused}");
    assert!(stage.deliver(&tip).await.is_err());

    stage.write("a.txt", "one\nTWO zwei\n");
    stage.agent(&["add", "a.txt"]);
    assert_eq!(stage.deliver(&tip).await.unwrap().commits, 1);
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:a.txt")]), "one\nTWO zwei");
}

#[tokio::test]
async fn a_merge_of_commits_that_has_conflicts_is_finished_by_who_resolves_them() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "one\nTWO\n");
    stage.agent_commits("loud");
    let mine = stage.agent(&["rev-parse", "HEAD"]);
    let tip = stage.base_moves("a.txt", "one\nzwei\n").await;

    let stuck = stage.update(&base, UpdateWay::Rebase).await.unwrap_err().to_string();
    assert!(stuck.contains("“loud”") && stuck.contains("Merge instead"), "{stuck}");
    assert_eq!(stage.read("a.txt"), "one\nTWO\n");
    assert_eq!(stage.agent(&["rev-parse", "HEAD"]), mine);

    let updated = stage.update(&base, UpdateWay::Merge).await.unwrap();
    assert_eq!(updated.conflicts, ["a.txt"]);
    assert_eq!(stage.agent(&["rev-parse", "HEAD", "MERGE_HEAD"]), format!("{mine}\n{tip}"));
    stage.write("a.txt", "one\nboth\n");
    stage.agent(&["add", "a.txt"]);
    let delivered = stage.deliver(&tip).await.unwrap();
    assert_eq!(stage.person(&["log", "-1", "--format=%P", &delivered.commit]), format!("{mine} {tip}"));
    assert_eq!(stage.agent(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn nothing_of_the_checkouts_configuration_is_run() {
    let stage = Stage::new();
    let base = stage.start().await;
    let trap = stage.folder.path().join("ran");
    let command = format!("touch {}; cat", trap.display());
    stage.agent(&["config", "merge.evil.driver", &format!("touch {}", trap.display())]);
    stage.agent(&["config", "filter.evil.clean", &command]);
    stage.agent(&["config", "filter.evil.smudge", &command]);
    stage.write(".gitattributes", "* merge=evil filter=evil\n");
    stage.write("a.txt", "one\ntwo\nthree\n");
    let hook = stage.work().join(".git/hooks/reference-transaction");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", trap.display())).unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let tip = stage.base_moves("a.txt", "zero\none\ntwo\n").await;

    stage.update(&base, UpdateWay::Merge).await.unwrap();
    assert!(!trap.exists());
    assert_eq!(stage.agent(&["rev-parse", "HEAD"]), tip);
}
