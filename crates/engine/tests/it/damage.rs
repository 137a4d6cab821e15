//! What can happen to an archive, and what somebody can do to one.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use async_compression::tokio::write::ZstdEncoder;
use slipway_protocol::ErrorKind;
use tokio::io::AsyncWriteExt;

use crate::shelf::{Shelf, all_of, names};

const NOT_UNPACKED: &str = "The session could not be unpacked. It is still in the archive; try again.";
const CHANGED: &str = "The archive of this session was changed by somebody, so it was not unpacked.";

/// A small disk of its own, where one may be mounted.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &options, "slipway-test"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        println!("skipped: cannot mount here");
        None
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// Bytes that do not compress.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from_u32((state % 0x5000) as u32 + 0x100).unwrap()
    };
    (0..length / 2).map(|_| next()).collect()
}

#[tokio::test]
async fn a_disk_that_is_full_while_packing_loses_nothing() {
    let Some(small) = Small::mount("1m") else { return };
    let shelf = Shelf::with_archive_in(Some(&small.path())).await;
    shelf.pack().await.unwrap();
    let first = fs::read(shelf.object()).unwrap();
    shelf.write("work/big", &noise(4 << 20));
    let before = all_of(&shelf.session());
    let error = shelf.pack().await.unwrap_err();
    assert_eq!(
        error.sentence,
        "The disk of this server is full. The session could not be packed, so it was not archived. Nothing of it was \
         lost."
    );
    assert_eq!(all_of(&shelf.session()), before);
    assert_eq!(fs::read(shelf.object()).unwrap(), first, "what was packed before is still there");
    assert_eq!(names(&small.path().join("sessions")), ["session-1.tar.zst"]);
}

#[tokio::test]
async fn a_disk_that_is_full_while_unpacking_leaves_nothing_half_done() {
    let Some(small) = Small::mount("1m") else { return };
    let shelf = Shelf::new().await;
    shelf.write("work/big", &noise(4 << 20));
    shelf.pack().await.unwrap();
    let folder = small.path().join("session-1");
    let unpack = || shelf.archive.unpack(&shelf.id, &folder, &shelf.base, Path::new("/nowhere"));
    let error = unpack().await.unwrap_err();
    assert_eq!(error.sentence, format!("The disk of this server is full. {NOT_UNPACKED}"));
    assert!(!folder.exists());
    shelf.archive.clear_folder(&folder).await.unwrap();
    assert_eq!(names(&small.path()), [""; 0]);
    shelf.clear().await;
    shelf.unpack().await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_of_an_object_is_cleared() {
    let shelf = Shelf::new().await;
    shelf.pack().await.unwrap();
    let half = shelf.object().with_extension("zst#1");
    let others = shelf.object().with_file_name("session-10.tar.zst#1");
    for path in [&half, &others] {
        fs::write(path, "half of a session").unwrap();
    }
    shelf.pack().await.unwrap();
    assert_eq!((half.exists(), others.exists()), (false, true));
    fs::write(&half, "half of a session").unwrap();
    shelf.archive.remove(&shelf.id).await.unwrap();
    assert_eq!(names(shelf.object().parent().unwrap()), ["session-10.tar.zst#1"]);
}

#[tokio::test]
async fn an_object_that_is_gone_or_broken_is_said() {
    let shelf = Shelf::new().await;
    shelf.pack().await.unwrap();
    let sound = fs::read(shelf.object()).unwrap();
    shelf.clear().await;
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    let mut unsure = sound.clone();
    *unsure.last_mut().unwrap() ^= 1;
    for broken in
        [&sound[..sound.len() / 2], &sound[..sound.len() - 1], &flipped, &unsure, b"", b"no archive"]
    {
        fs::write(shelf.object(), broken).unwrap();
        assert_eq!(shelf.unpack().await.unwrap_err().sentence, NOT_UNPACKED);
        assert!(!shelf.session().exists());
    }
    fs::remove_file(shelf.object()).unwrap();
    let error = shelf.unpack().await.unwrap_err();
    let gone = "The files of this session are no longer in the archive.";
    assert_eq!((error.kind, &*error.sentence), (ErrorKind::NotFound, gone));
    fs::write(shelf.object(), sound).unwrap();
    shelf.unpack().await.unwrap();
}

/// Puts a tar that the given command line makes in a folder of its own in the place of the session's.
async fn forge(shelf: &Shelf, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["work/inside", "outside/file"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "evil").unwrap();
    }
    let there = shelf.folder.path();
    std::os::unix::fs::symlink(there, folder.path().join("work/away")).unwrap();
    let made = Command::new("tar").args(["-cP"]).args(arguments).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut packed = ZstdEncoder::new(Vec::new());
    packed.write_all(&made.stdout).await.unwrap();
    packed.shutdown().await.unwrap();
    fs::write(shelf.object(), packed.into_inner()).unwrap();
}

#[tokio::test]
async fn an_archive_writes_nothing_outside_of_its_folder() {
    let shelf = Shelf::new().await;
    shelf.pack().await.unwrap();
    shelf.clear().await;
    let outside = shelf.folder.path().join("file");
    let absolute = format!("--transform=s,outside,{},", shelf.folder.path().display());
    let forgeries: [(&[&str], &str); 5] = [
        (&["--transform=s,outside,..,", "outside/file"], NOT_UNPACKED),
        (&["--transform=s,outside,work/../../..,", "work/inside", "outside/file"], NOT_UNPACKED),
        (&[&absolute, "outside/file"], CHANGED),
        // A link out of it, and then a file through the link.
        (&["--transform=s,outside,work/away,", "work/away", "outside/file"], NOT_UNPACKED),
        (&["outside/file"], CHANGED),
    ];
    for (arguments, sentence) in forgeries {
        forge(&shelf, arguments).await;
        assert_eq!(shelf.unpack().await.unwrap_err().sentence, sentence, "{arguments:?}");
        assert!(!outside.exists() && !shelf.session().exists(), "{arguments:?}");
    }
    // A part that is no folder.
    forge(&shelf, &["--transform=s,outside/file,agent,", "outside/file"]).await;
    assert_eq!(shelf.unpack().await.unwrap_err().sentence, CHANGED);
}
