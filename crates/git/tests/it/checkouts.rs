use std::fs;

use slipway_git::{Extras, GitError, Source};

use slipway_test_support::programs::plain_git;

use crate::stage::{BRANCH, Stage};

#[tokio::test]
async fn a_checkout_stands_on_its_own_branch_and_borrows_its_objects() {
    let stage = Stage::new();
    let base = stage.start().await;
    assert_eq!(base, stage.person(&["rev-parse", "main"]));
    assert_eq!(stage.agent(&["symbolic-ref", "--short", "HEAD"]), BRANCH);
    assert_eq!(stage.agent(&["status", "--porcelain"]), "");
    assert_eq!(stage.agent(&["remote"]), "");
    assert_eq!(stage.agent(&["rev-parse", "origin/main"]), base);
    assert_eq!(stage.agent(&["count-objects"]), "0 objects, 0 kilobytes");
}

#[tokio::test]
async fn again_keeps_a_whole_checkout_and_replaces_half_of_one() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "mine\n");
    stage.person(&["commit", "--quiet", "--allow-empty", "--message", "second"]);
    assert_eq!(stage.start().await, base);
    assert_eq!(fs::read_to_string(stage.work().join("a.txt")).unwrap(), "mine\n");

    fs::remove_dir_all(stage.work().join(".git")).unwrap();
    fs::create_dir_all(stage.work().join(".git/objects")).unwrap();
    fs::create_dir_all(stage.folder.path().join("work.new/.git")).unwrap();
    assert_eq!(stage.start().await, stage.person(&["rev-parse", "main"]));
    assert_eq!(fs::read_to_string(stage.work().join("a.txt")).unwrap(), "one\ntwo\n");
    assert!(!stage.folder.path().join("work.new").exists());
}

#[tokio::test]
async fn changes_are_told_wherever_they_are() {
    let stage = Stage::new();
    let base = stage.start().await;
    assert_eq!(stage.changed(&base).await, []);

    stage.write("committed.txt", "1\n");
    stage.agent(&["add", "--all"]);
    stage.agent(&["commit", "--quiet", "--message", "by the agent"]);
    stage.write("staged.txt", "1\n2\n");
    stage.agent(&["add", "--all"]);
    stage.write("new, with \"odd\"\tname\n.txt", "1\n2\n3\n");
    stage.write("a.txt", "one\n2\n");
    stage.write("binary", "\0\0");
    fs::write(stage.work().join(".gitignore"), "ignored\n").unwrap();
    stage.write("ignored", "x\n");
    let status = stage.agent(&["status", "--porcelain"]);
    let told = stage.changed(&base).await;
    let expected = [
        (".gitignore", 1, 0),
        ("a.txt", 1, 1),
        ("binary", 0, 0),
        ("committed.txt", 1, 0),
        ("new, with \"odd\"\tname\n.txt", 3, 0),
        ("staged.txt", 2, 0),
    ];
    assert_eq!(told, expected.map(|(path, added, removed)| (path.to_owned(), added, removed)));
    assert_eq!(stage.agent(&["status", "--porcelain"]), status, "the agent's index is as it was");

    fs::remove_file(stage.work().join("a.txt")).unwrap();
    assert!(stage.changed(&base).await.contains(&("a.txt".into(), 0, 2)));
}

#[tokio::test]
async fn a_change_in_the_same_second_is_seen() {
    let stage = Stage::new();
    let base = stage.start().await;
    for round in 0..20 {
        stage.write("a.txt", &format!("one\ntw{}\n", char::from(b'a' + round)));
        stage.agent(&["add", "a.txt"]);
        stage.write("a.txt", &format!("one\nTW{}\n", char::from(b'a' + round)));
        assert_eq!(stage.changed(&base).await, [("a.txt".to_owned(), 1, 1)]);
    }
    stage.write("a.txt", "one\ntwo\n");
    assert_eq!(stage.changed(&base).await, []);
}

#[tokio::test]
async fn odd_branch_names() {
    let stage = Stage::new();
    let odd = ["it's", "a$(id)b", "grün", "-dash", "HEAD", "a;b", "\"q\"", "refs/heads/main", "@"];
    let odd: Vec<_> = odd.into_iter().filter(|name| made(&stage, name)).collect();
    assert!(odd.len() >= 8, "{odd:?}");
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    for (number, name) in odd.into_iter().enumerate() {
        let into = stage.folder.path().join(format!("work-{number}"));
        let base =
            stage.git.checkout(&stage.mirror(), name, &format!("slipway/{number}"), &into).await.unwrap();
        assert_eq!(plain_git(&into, &["rev-parse", &format!("refs/remotes/origin/{name}")]), base);
    }
    for (name, sentence) in [
        ("none", "There is no branch \"none\" in this repository."),
        ("main~0", "There is no branch \"main~0\" in this repository."),
        ("", "There is no branch \"\" in this repository."),
    ] {
        let error = stage.git.checkout(&stage.mirror(), name, "slipway/x", &stage.work()).await.unwrap_err();
        assert_eq!(error, GitError::UnknownBranch(name.into()));
        assert_eq!(error.to_string(), sentence);
    }
    for name in ["-x", "a..b", "a b", "", "x.lock", "a\nb"] {
        let error = stage.git.checkout(&stage.mirror(), "main", name, &stage.work()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("\"{name}\" cannot be the name of a branch."));
    }
}

fn made(stage: &Stage, branch: &str) -> bool {
    let name = format!("refs/heads/{branch}");
    let made = std::process::Command::new("git")
        .args(["update-ref", &name, "HEAD"])
        .current_dir(stage.source())
        .status();
    made.unwrap().success()
}

#[tokio::test]
async fn what_a_checkout_does_not_bring_along_is_known() {
    let stage = Stage::new();
    let base = stage.start().await;
    assert_eq!(stage.git.extras(&stage.mirror(), &base).await, Ok(Extras::default()));

    let modules = "[submodule \"parts\"]\n\tpath = vendor/parts\n\turl = ../parts\n";
    fs::write(stage.source().join(".gitmodules"), modules).unwrap();
    fs::create_dir(stage.source().join("art")).unwrap();
    fs::write(stage.source().join("art/.gitattributes"), "*.psd filter=lfs diff=lfs\n").unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "second"]);
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    let second = stage.person(&["rev-parse", "main"]);
    let told = Extras { submodules: vec!["vendor/parts".into()], lfs: true };
    assert_eq!(stage.git.extras(&stage.mirror(), &second).await, Ok(told));
}
