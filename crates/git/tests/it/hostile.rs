//! What an agent may write into its checkout's `.git` to be run by somebody else.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use slipway_git::{Discarded, Ends, Restored, Source};

use slipway_test_support::programs::plain_git;

use crate::stage::{BRANCH, Stage};

impl Stage {
    /// Writes a tree as it is given, sound or not.
    fn object(&self, tree: &[u8]) -> String {
        fs::write(self.folder.path().join("tree"), tree).unwrap();
        self.agent(&["hash-object", "-t", "tree", "-w", "--literally", "../tree"])
    }
}

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
async fn a_change_is_read_and_discarded_and_runs_nothing_and_no_attribute_hides_it() {
    let stage = Stage::new();
    let base = stage.start().await;
    let (trap, marker) = make_trap(stage.folder.path());
    stage.agent(&["init", "--quiet", "inside"]);
    stage.write("inside/file", "1\n");
    plain_git(&stage.work().join("inside"), &["add", "--all"]);
    plain_git(&stage.work().join("inside"), &["commit", "--quiet", "--message", "inside"]);
    stage.agent(&["add", "--all"]);
    set_traps(&stage.work().join("inside"), &trap);
    set_traps(&stage.work(), &trap);
    let attributes = "* -diff binary filter=trap diff=trap merge=trap\n*.txt binary diff=trap\n";
    stage.write(".gitattributes", attributes);
    stage.write(".gitmodules", "[submodule \"inside\"]\n\tpath = inside\n\turl = x\n\tignore = all\n");
    stage.write("a.txt", "trapped\n");

    let since = Ends::SinceBase(&base);
    let files = stage.git.file_changes(&stage.work(), since).await.unwrap().files;
    let names: Vec<_> = files.iter().map(|file| &*file.path).collect();
    assert_eq!(names, [".gitattributes", ".gitmodules", "a.txt", "inside"]);
    let diffs = stage.git.file_diffs(&stage.work(), since, &["a.txt".into()]).await.unwrap();
    assert_eq!(diffs[0].1.lines().map(|line| &*line.text).collect::<Vec<_>>(), ["one", "two", "trapped"]);
    let before = stage.git.mark(&stage.work(), &base, "before").await.unwrap();
    let discarded = stage.git.discard(&stage.work(), &base, &before, "a.txt", "after").await.unwrap();
    assert!(matches!(discarded, Discarded::Done { .. }));
    assert_eq!(fs::read_to_string(stage.work().join("a.txt")).unwrap(), "one\ntwo\n");
    assert!(!marker.exists(), "run: {}", fs::read_to_string(&marker).unwrap_or_default());
    let _ = std::process::Command::new("git").args(["status"]).current_dir(stage.work()).output();
    assert!(marker.exists());
}

#[tokio::test]
async fn a_repository_inside_is_delivered_as_a_link_and_runs_nothing() {
    let stage = Stage::new();
    let base = stage.start().await;
    for name in ["inside", "empty"] {
        stage.agent(&["init", "--quiet", name]);
        stage.write(&format!("{name}/file"), "1\n");
        plain_git(&stage.work().join(name), &["add", "--all"]);
        plain_git(&stage.work().join(name), &["commit", "--quiet", "--message", name]);
    }
    stage.agent(&["add", "--all"]);
    stage.agent(&["commit", "--quiet", "--message", "links"]);
    let links = stage.agent(&["ls-tree", "HEAD", "inside", "empty"]);
    fs::remove_dir_all(stage.work().join("empty")).unwrap();
    fs::create_dir(stage.work().join("empty")).unwrap();
    let (trap, marker) = make_trap(stage.folder.path());
    set_traps(&stage.work().join("inside"), &trap);
    stage.write("inside/file", "2\n");
    stage.write("a.txt", "changed\n");

    assert_eq!(stage.changed(&base).await.len(), 3);
    stage.deliver(&base).await.unwrap();
    assert_eq!(stage.person(&["ls-tree", BRANCH, "inside", "empty"]), links);
    assert!(!marker.exists(), "run: {}", fs::read_to_string(&marker).unwrap_or_default());
    let _ = std::process::Command::new("git").args(["status"]).current_dir(stage.work()).output();
    assert!(marker.exists());
}

#[tokio::test]
async fn nothing_a_source_is_configured_with_is_run() {
    let stage = Stage::new();
    let (trap, marker) = make_trap(stage.folder.path());
    set_traps(&stage.source(), &trap);
    let base = stage.start().await;
    stage.git.branches(&Source::Folder(stage.source())).await.unwrap();
    stage.git.describe(&stage.source()).await.unwrap();
    stage.write("a.txt", "changed\n");
    stage.deliver(&base).await.unwrap();
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
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
    let tree = stage.object(&entry);
    let commit = stage.agent(&["commit-tree", &tree, "-p", "HEAD", "-m", "evil"]);
    let head = stage.agent(&["commit-tree", "HEAD^{tree}", "-p", &commit, "-m", "innocent"]);
    stage.agent(&["update-ref", "HEAD", &head]);
    let error = stage.deliver(&base).await.unwrap_err();
    assert!(error.to_string().starts_with("git fetch failed"), "{error}");
    assert_eq!(stage.person(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

#[tokio::test]
async fn a_checkpoint_runs_nothing_and_is_exact_whatever_the_attributes_say() {
    let stage = Stage::new();
    let base = stage.start().await;
    let (trap, marker) = make_trap(stage.folder.path());
    // A repository inside that git knows of would be asked for its state, by its own configuration.
    stage.agent(&["init", "--quiet", "inside"]);
    stage.write("inside/file", "1\n");
    plain_git(&stage.work().join("inside"), &["add", "--all"]);
    plain_git(&stage.work().join("inside"), &["commit", "--quiet", "--message", "inside"]);
    stage.agent(&["add", "--all"]);
    stage.write("inside/file", "2\n");
    set_traps(&stage.work(), &trap);
    set_traps(&stage.work().join("inside"), &trap);
    fs::create_dir(stage.work().join("sub")).unwrap();
    stage.write("sub/.gitattributes", "* text eol=crlf ident working-tree-encoding=UTF-16\n");
    let bytes = "$Id$ \u{fffd}\r\nline\nline\r\n";
    stage.write("sub/exact", bytes);

    let before = stage.git.mark(&stage.work(), &base, "before").await.unwrap();
    stage.write("a.txt", "trapped\n");
    stage.write("sub/exact", "other\r\n");
    let after = stage.git.mark(&stage.work(), &base, "after").await.unwrap();
    assert_eq!(stage.git.difference(&stage.work(), &before, &after).await.unwrap().len(), 2);
    let undone = stage.git.restore(&stage.work(), &after, &before).await.unwrap();
    assert_eq!(undone, Restored::Done { files: 2 });
    assert_eq!(fs::read_to_string(stage.work().join("sub/exact")).unwrap(), bytes);
    assert_eq!(fs::read_to_string(stage.work().join("a.txt")).unwrap(), "one\ntwo\n");
    assert!(!marker.exists(), "run: {}", fs::read_to_string(&marker).unwrap_or_default());
    let _ = std::process::Command::new("git").args(["status"]).current_dir(stage.work()).output();
    assert!(marker.exists());
}

#[tokio::test]
async fn a_restore_writes_through_no_link_and_not_outside() {
    let stage = Stage::new();
    let base = stage.start().await;
    let outside = stage.folder.path().join("outside");
    fs::create_dir_all(outside.join("deep")).unwrap();
    fs::write(outside.join("deep/kept"), "kept\n").unwrap();
    fs::create_dir_all(stage.work().join("sub/deep")).unwrap();
    stage.write("sub/deep/changed", "1\n");
    stage.write("sub/deep/deleted", "1\n");
    let before = stage.git.mark(&stage.work(), &base, "before").await.unwrap();
    stage.write("sub/deep/changed", "2\n");
    stage.write("sub/deep/made", "2\n");
    fs::remove_file(stage.work().join("sub/deep/deleted")).unwrap();
    let after = stage.git.mark(&stage.work(), &base, "after").await.unwrap();

    // The folder becomes a link to one outside, which holds the very files that are expected, or none.
    fs::rename(stage.work().join("sub"), stage.folder.path().join("moved")).unwrap();
    for target in [stage.folder.path().join("moved"), outside.clone(), stage.work().join(".git")] {
        std::os::unix::fs::symlink(&target, stage.work().join("sub")).unwrap();
        let refused = stage.git.restore(&stage.work(), &after, &before).await.unwrap();
        let Restored::Touched(paths) = refused else { panic!("restored through {}", target.display()) };
        assert_eq!(paths, ["sub", "sub/deep/changed"]);
        fs::remove_file(stage.work().join("sub")).unwrap();
    }
    assert_eq!(names(&stage.folder.path().join("moved/deep")), ["changed", "made"]);
    assert_eq!(fs::read_to_string(stage.folder.path().join("moved/deep/changed")).unwrap(), "2\n");
    assert_eq!(names(&outside.join("deep")), ["kept"]);

    // A checkpoint that names a file of the repository itself, or one outside, is none of ours.
    for entry in [".git", ".."] {
        let blob = stage.agent(&["rev-parse", &format!("{before}:sub/deep/deleted")]);
        let inner = [b"100644 config\0".as_slice(), &hex(&blob)].concat();
        let tree = stage.object(&inner);
        let outer = [format!("40000 {entry}\0").as_bytes(), &hex(&tree)].concat();
        let evil = stage.object(&outer);
        let evil = stage.agent(&["commit-tree", &evil, "-m", "evil"]);
        let empty = stage.agent(&["commit-tree", &stage.object(b""), "-m", "empty"]);
        let config = fs::read(stage.work().join(".git/config")).unwrap();
        assert!(stage.git.restore(&stage.work(), &empty, &evil).await.is_err(), "{entry}");
        assert_eq!(fs::read(stage.work().join(".git/config")).unwrap(), config);
        assert!(!stage.folder.path().join("config").exists());
    }
    // Nor is a repository that leads elsewhere written to.
    for folder in ["refs/slipway", "refs", "objects"] {
        let at = stage.work().join(".git").join(folder);
        let aside = stage.folder.path().join("aside");
        fs::rename(&at, &aside).unwrap();
        std::os::unix::fs::symlink(&aside, &at).unwrap();
        assert!(stage.git.mark(&stage.work(), &base, "elsewhere").await.is_err(), "{folder}");
        fs::remove_file(&at).unwrap();
        fs::rename(&aside, &at).unwrap();
    }
    stage.git.mark(&stage.work(), &base, "here").await.unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn hex(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
}
