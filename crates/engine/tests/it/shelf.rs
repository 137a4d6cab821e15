//! A session's folder with a checkout and an agent's store, a mirror, and an archive.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use slipway_engine::{Archive, Error};
use slipway_git::{Git, Source};
use slipway_protocol::SessionId;
use slipway_sandbox::{Bubblewrap, Egress, Isolation, Sandbox};
use slipway_test_support::programs::{bubblewrap, built, keeper, plain_git};
use tempfile::TempDir;

pub(crate) struct Shelf {
    pub(crate) archive: Archive,
    pub(crate) git: Git,
    pub(crate) id: SessionId,
    pub(crate) base: String,
    pub(crate) folder: TempDir,
    kept: PathBuf,
}

/// Agents' files are packed behind walls, where there are any.
fn isolation() -> Isolation {
    let behind =
        |program| Isolation::Bubblewrap(Bubblewrap { program, paths: Vec::new(), egress: Egress::default() });
    bubblewrap().map_or(Isolation::Host, behind)
}

impl Shelf {
    pub(crate) async fn new() -> Self {
        Self::with_archive_in(None).await
    }

    /// A checkout that is two commits into its repository, and one of its own further.
    pub(crate) async fn with_archive_in(kept: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let kept = kept.map_or_else(|| folder.path().join("archive"), Path::to_owned);
        let sandbox = Arc::new(Sandbox::new(built(keeper()), isolation()));
        let git = Git::new(Arc::clone(&sandbox), "git".into());
        let archive = Archive::in_folder(&kept, sandbox, git.clone()).unwrap();
        let id = SessionId::new("session-1");
        let mut shelf = Self { archive, git, id, base: String::new(), folder, kept };
        let source = shelf.folder.path().join("source");
        fs::create_dir(&source).unwrap();
        plain_git(&source, &["init", "--quiet", "--initial-branch=main"]);
        for text in ["first", "second"] {
            fs::write(source.join("a.txt"), text).unwrap();
            plain_git(&source, &["add", "--all"]);
            plain_git(&source, &["commit", "--quiet", "--message", text]);
        }
        shelf.git.refresh_mirror(&Source::Folder(source.clone()), &shelf.mirror()).await.unwrap();
        shelf.base = shelf.git.checkout(&shelf.mirror(), "main", "slipway/x", &shelf.work()).await.unwrap();
        shelf.write("work/b.txt", "mine");
        plain_git(&shelf.work(), &["add", "--all"]);
        plain_git(&shelf.work(), &["commit", "--quiet", "--message", "third"]);
        shelf.write("agent/store.db", "everything the agent knows");
        shelf
    }

    pub(crate) fn session(&self) -> PathBuf {
        self.folder.path().join("sessions/session-1")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.session().join("work")
    }

    pub(crate) fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirrors/source.git")
    }

    /// Where the packed session lies.
    pub(crate) fn object(&self) -> PathBuf {
        self.kept.join("sessions/session-1.tar.zst")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.session().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) async fn pack(&self) -> Result<u64, Error> {
        self.archive.pack(&self.id, &self.session(), &self.base).await
    }

    pub(crate) async fn unpack(&self) -> Result<(), Error> {
        self.archive.unpack(&self.id, &self.session(), &self.base, &self.mirror()).await
    }

    pub(crate) async fn clear(&self) {
        self.archive.clear_folder(&self.session()).await.unwrap();
    }
}

/// Everything below a folder: its mode, its time where it is a file, and what is in it or where it leads.
pub(crate) fn all_of(folder: &Path) -> BTreeMap<String, (u32, Option<i64>, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap().map(Result::unwrap) {
            let (path, data) = (entry.path(), entry.metadata().unwrap());
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if name == "work.mirror" {
                // Our own note of what is borrowed; it stays here, and is made anew.
                continue;
            }
            let (time, inside) = if data.is_dir() {
                folders.push(path);
                (None, Vec::new())
            } else if data.is_symlink() {
                (None, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes())
            } else {
                (Some(data.mtime() * 1_000_000_000 + data.mtime_nsec()), short(fs::read(&path).unwrap()))
            };
            found.insert(name, (data.mode(), time, inside));
        }
    }
    found
}

/// What can be compared, and printed where it differs.
fn short(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() < 1000 { bytes } else { Sha256::digest(bytes).to_vec() }
}

/// The names in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
