//! A full disk, played on a small file system of its own where one may be mounted.

use std::{fs, path::Path, process::Command};

use slipway_git::{GitError, Restored, Source};

use crate::stage::Stage;

struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m,nr_inodes=2k", "slipway-test"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self(folder)),
            Ok(output) => {
                println!("skipped: cannot mount here: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: cannot mount here: {error}");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_has_its_own_sentence_and_leaves_nothing_half_made() {
    let Some(small) = Small::mount() else { return };
    let stage = Stage::new();
    fs::write(stage.source().join("big"), noise(4 * 1024 * 1024)).unwrap();
    stage.person(&["add", "--all"]);
    stage.person(&["commit", "--quiet", "--message", "big"]);

    let refresh =
        stage.git.refresh_mirror(&Source::Folder(stage.source()), &small.path().join("mirror.git")).await;
    assert_eq!(refresh, Err(GitError::DiskFull));

    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    let into = small.path().join("work");
    let checkout = stage.git.checkout(&stage.mirror(), "main", "slipway/x", &into).await;
    assert_eq!(checkout, Err(GitError::DiskFull));
    assert!(!into.exists());
    assert!(!small.path().join("work.new").exists());
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

#[tokio::test]
async fn a_checkpoint_that_does_not_fit_is_none_and_a_restore_that_does_not_fit_changes_nothing() {
    let Some(small) = Small::mount() else { return };
    let stage = Stage::new();
    stage.git.refresh_mirror(&Source::Folder(stage.source()), &stage.mirror()).await.unwrap();
    let work = small.path().join("work");
    let base = stage.git.checkout(&stage.mirror(), "main", "slipway/x", &work).await.unwrap();
    fs::write(work.join("new"), noise(400 * 1024)).unwrap();
    let before = stage.git.mark(&work, &base, "before").await.unwrap();
    fs::write(work.join("new"), "small\n").unwrap();
    let after = stage.git.mark(&work, &base, "after").await.unwrap();

    fs::write(work.join("ballast"), noise(1000 * 1024)).unwrap();
    assert_eq!(stage.git.mark(&work, &base, "too-much").await, Err(GitError::DiskFull));
    assert!(!work.join(".git/refs/slipway/checkpoints/too-much").exists());
    fs::write(small.path().join("more"), noise(300 * 1024)).unwrap();
    assert_eq!(stage.git.restore(&work, &after, &before).await, Err(GitError::DiskFull));
    assert_eq!(fs::read_to_string(work.join("new")).unwrap(), "small\n");

    fs::remove_file(small.path().join("more")).unwrap();
    fs::remove_file(work.join("ballast")).unwrap();
    assert_eq!(stage.git.mark(&work, &base, "again").await, Ok(after.clone()));
    assert_eq!(stage.git.restore(&work, &after, &before).await, Ok(Restored::Done { files: 1 }));
    assert_eq!(fs::read(work.join("new")).unwrap(), noise(400 * 1024));
}
