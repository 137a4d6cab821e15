//! A session is packed, and comes back as it was.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use slipway_git::Source;
use slipway_test_support::programs::plain_git;

use crate::shelf::{Shelf, all_of, names};

#[tokio::test]
async fn a_session_comes_back_as_it_was() {
    let shelf = Shelf::new().await;
    shelf.write("work/tool", "#!/bin/sh\n");
    shelf.write("work/secret", "for me\n");
    shelf.write("work/closed/inside", "x");
    shelf.write("work/odd \n, -rf * \"name\"", "\0\u{1}\0");
    shelf.write("agent/.cache/deep/file", "y");
    fs::create_dir(shelf.work().join("empty")).unwrap();
    symlink("/nowhere/at all", shelf.work().join("away")).unwrap();
    symlink("../agent", shelf.work().join("aside")).unwrap();
    fs::hard_link(shelf.work().join("tool"), shelf.work().join("also tool")).unwrap();
    fs::File::create(shelf.work().join("large")).unwrap().set_len(20 << 20).unwrap();
    let mode = |name: &str, mode| {
        fs::set_permissions(shelf.work().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("tool", 0o755);
    mode("secret", 0o600);
    mode("closed", 0o500);
    let checkpoint = shelf.git.mark(&shelf.work(), &shelf.base, "before").await.unwrap();
    // What it borrows is part of it from then on; packed again, it is the same.
    let size = shelf.pack().await.unwrap();
    let before = all_of(&shelf.session());
    shelf.pack().await.unwrap();
    assert_eq!(all_of(&shelf.session()), before, "packing changes nothing that is there");
    assert!(shelf.archive.holds(&shelf.id).await.unwrap());
    assert!(size < 100_000, "a file of holes takes no room: {size}");

    shelf.clear().await;
    assert_eq!(names(&shelf.folder.path().join("sessions")), [""; 0]);
    shelf.unpack().await.unwrap();
    assert_eq!(all_of(&shelf.session()), before);
    assert_eq!(names(&shelf.folder.path().join("sessions")), ["session-1"]);
    assert_eq!(plain_git(&shelf.work(), &["log", "--format=%s"]), "third\nsecond\nfirst");
    assert_eq!(shelf.git.mark(&shelf.work(), &shelf.base, "after").await.unwrap(), checkpoint);

    shelf.archive.remove(&shelf.id).await.unwrap();
    assert!(!shelf.archive.holds(&shelf.id).await.unwrap());
    shelf.archive.remove(&shelf.id).await.unwrap();
}

#[tokio::test]
async fn without_its_mirror_the_history_begins_at_the_base() {
    let shelf = Shelf::new().await;
    shelf.pack().await.unwrap();
    shelf.clear().await;
    fs::remove_dir_all(shelf.folder.path().join("mirrors")).unwrap();
    shelf.unpack().await.unwrap();
    assert_eq!(plain_git(&shelf.work(), &["log", "--format=%s"]), "third\nsecond");
    assert_eq!(plain_git(&shelf.work(), &["status", "--porcelain"]), "");
    assert_eq!(plain_git(&shelf.work(), &["fsck"]), "");
    shelf.write("work/a.txt", "changed\n");
    assert_eq!(shelf.git.changes(&shelf.work(), &shelf.base).await.unwrap().len(), 2);

    // Packed and unpacked again with the mirror back in its place, it has all of it.
    shelf.pack().await.unwrap();
    shelf.clear().await;
    shelf
        .git
        .refresh_mirror(&Source::Folder(shelf.folder.path().join("source")), &shelf.mirror())
        .await
        .unwrap();
    shelf.unpack().await.unwrap();
    assert_eq!(plain_git(&shelf.work(), &["log", "--format=%s"]), "third\nsecond\nfirst");
}

#[tokio::test]
async fn a_session_that_never_began_and_one_that_lost_its_repository() {
    let shelf = Shelf::new().await;
    fs::remove_dir_all(shelf.work().join(".git")).unwrap();
    let before = all_of(&shelf.session());
    shelf.pack().await.unwrap();
    shelf.clear().await;
    shelf.unpack().await.unwrap();
    assert_eq!(all_of(&shelf.session()), before);

    shelf.clear().await;
    fs::create_dir_all(shelf.session()).unwrap();
    shelf.archive.pack(&shelf.id, &shelf.session(), "").await.unwrap();
    shelf.clear().await;
    shelf.archive.unpack(&shelf.id, &shelf.session(), "", &shelf.mirror()).await.unwrap();
    assert_eq!(names(&shelf.session()), [""; 0]);
}

#[tokio::test]
async fn a_folder_that_is_there_is_left_alone() {
    let shelf = Shelf::new().await;
    shelf.pack().await.unwrap();
    shelf.write("work/b.txt", "newer");
    shelf.unpack().await.unwrap();
    assert_eq!(fs::read_to_string(shelf.work().join("b.txt")).unwrap(), "newer");
    shelf.pack().await.unwrap();
    // A crash while it was unpacked, and one while it was removed.
    for half in ["session-1.new/work", "session-1.gone/work"] {
        fs::create_dir_all(shelf.folder.path().join("sessions").join(half)).unwrap();
    }
    shelf.clear().await;
    fs::create_dir_all(shelf.folder.path().join("sessions/session-1.new/work")).unwrap();
    shelf.unpack().await.unwrap();
    assert_eq!(fs::read_to_string(shelf.work().join("b.txt")).unwrap(), "newer");
    assert_eq!(names(&shelf.folder.path().join("sessions")), ["session-1"]);
}
