//! What a turn did to the files, told, undone and redone.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use slipway_git::Restored;

use crate::{
    stage::{BRANCH, Stage},
    turn::{a_turn, done, touched},
};

#[tokio::test]
async fn a_turn_is_told_undone_and_redone() {
    let stage = Stage::new();
    let base = stage.start().await;
    stage.write(".gitignore", "*.o\n");
    stage.write("ignored.o", "kept\n");
    let (before, after) = a_turn(&stage).await;
    let expected = [
        ("--", 1, 0),
        ("-rf", 0, 1),
        ("a.txt", 2, 1),
        ("binary", 0, 0),
        ("gone", 0, 1),
        ("link", 1, 1),
        ("new, with \"odd\"\tname\n.txt", 1, 0),
        ("new/and deep/file", 1, 0),
        ("tool", 0, 0),
        ("was a file", 0, 1),
        ("was a file/now a folder", 1, 0),
        ("was a folder", 1, 0),
        ("was a folder/deep/file", 0, 1),
    ];
    let expected = expected.map(|(path, added, removed)| (path.to_owned(), added, removed));
    assert_eq!(stage.difference(&before, &after).await, expected);
    assert_eq!(stage.difference(&after, &after).await, []);

    // What else happens in the checkout is not the turn's.
    stage.write("by a person", "mine\n");
    let turned = stage.files();
    let (head, status) = (stage.agent(&["rev-parse", "HEAD"]), stage.agent(&["status", "--porcelain"]));
    assert_eq!(stage.restore(&after, &before).await, done(13));
    let undone = BTreeMap::from(
        [
            (".gitignore", "- *.o\n"),
            ("-rf", "- an option?\n"),
            ("a.txt", "- one\ntwo\n"),
            ("binary", "- \0\u{1}\0"),
            ("by a person", "- mine\n"),
            ("gone", "- gone\n"),
            ("ignored.o", "- kept\n"),
            ("link", "> a.txt"),
            ("tool", "- tool\n"),
            ("was a file", "- 1\n"),
            ("was a folder/", ""),
            ("was a folder/deep/", ""),
            ("was a folder/deep/file", "- 2\n"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    assert_eq!(stage.files(), undone);
    // Twice is once.
    assert_eq!(stage.restore(&after, &before).await, done(13));
    assert_eq!(stage.files(), undone);
    assert_eq!(stage.restore(&before, &after).await, done(13));
    assert_eq!(stage.files(), turned);

    assert_eq!(stage.agent(&["rev-parse", "HEAD"]), head);
    assert_eq!(stage.agent(&["symbolic-ref", "--short", "HEAD"]), BRANCH);
    assert_eq!(stage.agent(&["status", "--porcelain"]), status);
    assert_eq!(stage.agent(&["stash", "list"]), "");
    stage.remove("by a person");
    assert_eq!(stage.mark(&base, "again").await, after);
}

#[tokio::test]
async fn a_restore_that_was_cut_off_is_completed() {
    let stage = Stage::new();
    let (before, after) = a_turn(&stage).await;
    let turned = stage.files();
    stage.restore(&after, &before).await;
    let undone = stage.files();
    // Half the files are in one state and half in the other, in any mixture.
    for keep in 0..4 {
        stage.restore(&before, &after).await;
        let halves = ["a.txt", "gone", "link", "-rf", "tool", "binary", "--", "new/and deep/file"];
        for name in halves.iter().enumerate().filter(|(at, _)| at % 4 == keep).map(|(_, name)| name) {
            let path = stage.work().join(name);
            let _ = fs::remove_file(&path);
            match undone.get(*name).map(|text| text.split_at(2)) {
                Some(("> ", target)) => symlink(target, &path).unwrap(),
                Some((_, text)) => fs::write(&path, text).unwrap(),
                None => {}
            }
        }
        stage.left_by_a_killed_job("slipway.killed/fresh");
        assert_eq!(stage.restore(&after, &before).await, done(13));
        assert_eq!(stage.files(), undone);
    }
    stage.restore(&before, &after).await;
    assert_eq!(stage.files(), turned);
}

#[tokio::test]
async fn what_somebody_touched_since_is_named_and_nothing_is_changed() {
    let stage = Stage::new();
    let (before, after) = a_turn(&stage).await;
    let refuses = async |names: Restored, change: &dyn Fn(), back: &dyn Fn()| {
        change();
        let now = stage.files();
        assert_eq!(stage.restore(&after, &before).await, names);
        assert_eq!(stage.files(), now);
        back();
    };
    let write = |name: &'static str, text: &'static str| move |stage: &Stage| stage.write(name, text);
    for (name, other, mine) in [
        ("a.txt", "edited\n", "one\n2\nthree\n"),
        ("new/and deep/file", "edited\n", "6\n"),
        ("--", "edited\n", "another option?\n"),
    ] {
        refuses(touched([name]), &|| write(name, other)(&stage), &|| write(name, mine)(&stage)).await;
    }
    // A file of the same name where one had been deleted, a folder there, and files in a folder that must go.
    refuses(touched(["gone"]), &|| stage.write("gone", "mine\n"), &|| stage.remove("gone")).await;
    let folder = |name: &str| fs::create_dir_all(stage.work().join(name)).unwrap();
    let make = || {
        folder("gone/deep");
        stage.write("gone/deep/mine", "mine\n");
    };
    refuses(touched(["gone/deep/mine"]), &make, &|| stage.remove("gone")).await;
    let inside = "was a file/mine";
    refuses(touched([inside]), &|| stage.write(inside, "mine\n"), &|| stage.remove(inside)).await;
    // A mode, a link's target, a file that went.
    let mode =
        |mode| fs::set_permissions(stage.work().join("a.txt"), fs::Permissions::from_mode(mode)).unwrap();
    refuses(touched(["a.txt"]), &|| mode(0o755), &|| mode(0o644)).await;
    let relink = |to: &str| {
        stage.remove("link");
        stage.link(to, "link");
    };
    refuses(touched(["link"]), &|| relink("elsewhere"), &|| relink("nowhere")).await;
    let both = || {
        stage.remove("a.txt");
        stage.write("binary", "mine");
    };
    refuses(touched(["a.txt", "binary"]), &both, &|| {
        stage.write("a.txt", "one\n2\nthree\n");
        stage.write("binary", "\0\u{2}\0\u{3}");
    })
    .await;
    assert_eq!(stage.restore(&after, &before).await, done(13));
}

#[tokio::test]
async fn the_list_of_touched_files_is_bounded() {
    let stage = Stage::new();
    let base = stage.start().await;
    let write = |text: &str| (0..150).for_each(|number| stage.write(&format!("{number:03}"), text));
    let before = stage.mark(&base, "before").await;
    write("by the agent\n");
    let after = stage.mark(&base, "after").await;
    write("by a person\n");
    let Restored::Touched(paths) = stage.restore(&after, &before).await else { panic!("it was restored") };
    assert_eq!((paths.len(), &*paths[0], &*paths[99]), (100, "000", "099"));
}

#[tokio::test]
async fn a_file_that_was_ignored_before_is_not_the_turns() {
    let stage = Stage::new();
    let base = stage.start().await;
    fs::create_dir(stage.work().join("sub")).unwrap();
    stage.write(".gitignore", ".env\n/out/\n");
    stage.write("sub/.gitignore", "*.key\n");
    stage.write(".env", "SECRET=1\n");
    stage.write("sub/my.key", "mine\n");
    let before = stage.mark(&base, "before").await;
    stage.write(".gitignore", "/out/\n");
    stage.remove("sub/.gitignore");
    stage.write("sub/new", "new\n");
    let after = stage.mark(&base, "after").await;
    assert_eq!(stage.restore(&after, &before).await, done(3));
    let names: Vec<_> = stage.files().into_keys().collect();
    assert_eq!(names, [".env", ".gitignore", "a.txt", "sub/", "sub/.gitignore", "sub/my.key"]);
}
