//! What an agent may write into its checkout's `.git` to be run by somebody else.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::stage::{BRANCH, Stage};

/// Points everything git would run at a program that leaves `marker` behind.
fn set_traps(repository: &Path, trap: &Path) {
    let trap = trap.display();
    let config = format!(
        "[core]\n\tfsmonitor = {trap}\n\thooksPath = .git/hooks\n\tpager = {trap}\n\teditor = {trap}\n\
         \tsshCommand = {trap}\n\talternateRefsCommand = {trap}\n\
         [filter \"trap\"]\n\tclean = {trap}\n\tsmudge = {trap}\n\tprocess = {trap}\n\trequired = true\n\
         [diff]\n\texternal = {trap}\n[diff \"trap\"]\n\tcommand = {trap}\n\ttextconv = {trap}\n\
         [merge \"trap\"]\n\tdriver = {trap}\n[alias]\n\tdiff = !{trap}\n\tadd = !{trap}\n\tfetch = !{trap}\n\
         [gpg]\n\tprogram = {trap}\n[commit]\n\tgpgSign = true\n[credential]\n\thelper = !{trap}\n\
         [uploadpack]\n\tpackObjectsHook = {trap}\n[pager]\n\tdiff = {trap}\n\tlog = {trap}\n\
         [protocol]\n\tallow = always\n[protocol \"ext\"]\n\tallow = always\n\
         [remote \"origin\"]\n\turl = ext::{trap}\n\tuploadpack = {trap}\n\tpromisor = true\n"
    );
    let inner = repository.join(".git");
    let mut all = fs::read_to_string(inner.join("config")).unwrap();
    all.push_str(&config);
    fs::write(inner.join("config"), all).unwrap();
    fs::create_dir_all(inner.join("hooks")).unwrap();
    let hooks = [
        "pre-commit",
        "post-commit",
        "commit-msg",
        "post-index-change",
        "reference-transaction",
        "post-checkout",
        "pre-auto-gc",
        "post-rewrite",
        "pre-push",
        "update",
        "post-update",
        "pre-receive",
        "post-receive",
    ];
    for hook in hooks {
        fs::copy(trap.to_string(), inner.join("hooks").join(hook)).unwrap();
    }
    fs::create_dir_all(inner.join("info")).unwrap();
    fs::write(inner.join("info/attributes"), "* filter=trap diff=trap merge=trap\n").unwrap();
    fs::write(repository.join(".gitattributes"), "* filter=trap diff=trap merge=trap\n").unwrap();
}

fn make_trap(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let (trap, marker) = (folder.join("trap.sh"), folder.join("sprung"));
    fs::write(&trap, format!("#!/bin/sh\necho \"$0 $*\" >>{}\ncat\n", marker.display())).unwrap();
    fs::set_permissions(&trap, fs::Permissions::from_mode(0o755)).unwrap();
    (trap, marker)
}

#[tokio::test]
async fn nothing_a_checkout_is_configured_with_is_run() {
    let stage = Stage::new();
    let base = stage.start().await;
    let (trap, marker) = make_trap(stage.folder.path());
    set_traps(&stage.work(), &trap);
    stage.write("a.txt", "trapped\n");
    stage.write("new.txt", "new\n");

    let changed = stage.changed(&base).await;
    let names: Vec<_> = changed.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(names, [".gitattributes", "a.txt", "new.txt"]);
    stage.deliver(&base).await.unwrap();
    stage.start().await;
    stage.write("a.txt", "again\n");
    stage.deliver(&base).await.unwrap();
    assert_eq!(stage.person(&["show", &format!("{BRANCH}:a.txt")]), "again");
    assert!(!marker.exists(), "run: {}", fs::read_to_string(&marker).unwrap_or_default());

    // The traps are real: plain git falls into them.
    let _ = std::process::Command::new("git").args(["status"]).current_dir(stage.work()).output();
    assert!(marker.exists());
}

#[tokio::test]
async fn nothing_a_source_is_configured_with_is_run() {
    let stage = Stage::new();
    let (trap, marker) = make_trap(stage.folder.path());
    set_traps(&stage.source(), &trap);
    let base = stage.start().await;
    stage.git.branches(&stage.source()).await.unwrap();
    stage.git.describe(&stage.source()).await.unwrap();
    stage.write("a.txt", "changed\n");
    stage.deliver(&base).await.unwrap();
    stage.git.refresh_mirror(&stage.source(), &stage.mirror()).await.unwrap();
    assert!(!marker.exists(), "run: {}", fs::read_to_string(&marker).unwrap_or_default());
}

#[tokio::test]
async fn a_bundle_that_is_a_link_or_broken_is_not_read() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write("a.txt", "changed\n");
    // An object that no sound history holds: a tree with an entry named `.git`.
    let blob = stage.agent(&["hash-object", "-w", "a.txt"]);
    let entry = [b"100644 .git\0".as_slice(), &hex(&blob)].concat();
    fs::write(stage.work().join("tree"), entry).unwrap();
    let tree = stage.agent(&["hash-object", "-t", "tree", "-w", "--literally", "tree"]);
    fs::remove_file(stage.work().join("tree")).unwrap();
    let commit = stage.agent(&["commit-tree", &tree, "-p", "HEAD", "-m", "evil"]);
    let head = stage.agent(&["commit-tree", "HEAD^{tree}", "-p", &commit, "-m", "innocent"]);
    stage.agent(&["update-ref", "HEAD", &head]);
    let error = stage.deliver(&base).await.unwrap_err();
    assert!(error.to_string().starts_with("git fetch failed"), "{error}");
    assert_eq!(stage.person(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

fn hex(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
}
