//! The archive: what a session keeps on disk, as one compressed object in an object store.
//!
//! tar runs in the sandbox, since only there an agent's files are handled; it is a part of every system that has git.
//! Compression is done here, on a stream of bytes that nobody interprets, so that no program `zstd` is needed. What leaves tar
//! goes through zstd into the store: there is no copy in between.
//!
//! Invariant: an object is in the store whole or not at all, and safely on disk before anything else is removed.
//! Invariant: an object needs no mirror: it holds all that the session's own history needs (see `Git::make_whole`).
//! Invariant: a session's folder is whole or not there: it comes and goes by a rename.

mod folder;
mod problem;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_compression::{
    Level,
    tokio::{bufread::ZstdDecoder, write::ZstdEncoder},
    zstd::CParameter,
};
use futures::TryStreamExt;
use object_store::{
    ObjectStore, ObjectStoreExt, buffered::BufWriter, local::LocalFileSystem, path::Path as Key,
};
use slipway_git::Git;
use slipway_protocol::SessionId;
use slipway_sandbox::{Sandbox, SandboxError, Size};
use tokio::io::AsyncWriteExt;
use tokio_util::io::StreamReader;

use crate::{Error, archive::folder::Folders};

/// Packed sessions. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    /// Where the store keeps its files.
    root: PathBuf,
    folders: Folders,
    git: Git,
}

impl Archive {
    /// An archive in a folder, which is made where there is none.
    pub fn in_folder(root: &Path, sandbox: Arc<Sandbox>, git: Git) -> Result<Self, Error> {
        let cannot = |error: &dyn std::fmt::Display| problem::cannot_use(root, error);
        std::fs::create_dir_all(root).map_err(|error| cannot(&error))?;
        let store = LocalFileSystem::new_with_prefix(root).map_err(|error| cannot(&error))?;
        let store = Arc::new(store.with_fsync(true));
        Ok(Self { store, root: root.to_owned(), folders: Folders::new(sandbox), git })
    }

    /// Packs a session's folder and returns the object's size in bytes; one that was there before is replaced. The folder is
    /// left as it is. Nothing may be at work in it.
    pub async fn pack(&self, id: &SessionId, folder: &Path, base_commit: &str) -> Result<u64, Error> {
        if !base_commit.is_empty() {
            self.git.make_whole(&folder.join("work"), base_commit).await?;
        }
        self.clear_halves(id)?;
        let writer = BufWriter::new(Arc::clone(&self.store), key(id));
        let checked = [CParameter::checksum_flag(true)];
        let mut packed = ZstdEncoder::with_quality_and_params(writer, Level::Default, &checked);
        if let Err(error) = self.folders.write(folder, &mut packed).await {
            // What cannot be taken back now is cleared with the next attempt, or with the session.
            let _ = packed.into_inner().abort().await;
            return Err(error);
        }
        packed.shutdown().await.map_err(|error| problem::not_packed(&error))?;
        let object = self.store.head(&key(id)).await;
        object.map(|object| object.size).map_err(|error| problem::not_packed(&error))
    }

    /// Brings a session's folder back. A folder that is there already is the session's, and is left alone. The object stays
    /// until it is removed.
    pub async fn unpack(
        &self,
        id: &SessionId,
        folder: &Path,
        base_commit: &str,
        mirror: &Path,
    ) -> Result<(), Error> {
        if folder.exists() {
            return Ok(());
        }
        let object = self.store.get(&key(id)).await.map_err(|error| problem::not_unpacked(&error))?;
        let bytes = StreamReader::new(object.into_stream().map_err(io::Error::other));
        let fresh = self.folders.fresh(folder).await?;
        self.folders.read(ZstdDecoder::new(bytes), &fresh).await?;
        if !base_commit.is_empty() {
            self.git.relink(&fresh.join("work"), base_commit, mirror).await?;
        }
        std::fs::rename(&fresh, folder).map_err(|error| problem::not_unpacked(&error))
    }

    pub async fn holds(&self, id: &SessionId) -> Result<bool, Error> {
        match self.store.head(&key(id)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(problem::unreachable(&error)),
        }
    }

    /// Removes what is kept of a session, whole and half.
    pub async fn remove(&self, id: &SessionId) -> Result<(), Error> {
        self.clear_halves(id)?;
        match self.store.delete(&key(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(problem::unreachable(&error)),
        }
    }

    /// Removes a session's folder with all that is in it, and what a restore left half done beside it.
    pub async fn clear_folder(&self, folder: &Path) -> Result<(), Error> {
        self.folders.clear(folder).await
    }

    /// Removes what a crash left of folders that were cleared, below the folder of all sessions.
    pub(crate) async fn clear_gone(&self, sessions: &Path) -> Result<(), Error> {
        self.folders.clear_gone(sessions).await
    }

    /// How much a session's folder holds, which is what would be packed.
    pub(crate) async fn measure(&self, folder: &Path, most_files: u64) -> Result<Size, SandboxError> {
        self.folders.measure(folder, most_files).await
    }

    /// What a crash in the middle of packing left in the store's folder; a store does not list it.
    fn clear_halves(&self, id: &SessionId) -> Result<(), Error> {
        let whole = self.root.join(key(id).as_ref());
        let (Some(folder), Some(name)) = (whole.parent(), whole.file_name().and_then(|name| name.to_str()))
        else {
            return Ok(());
        };
        let half = format!("{name}#");
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(&half)) {
                std::fs::remove_file(entry.path()).map_err(|error| problem::unreachable(&error))?;
            }
        }
        Ok(())
    }
}

fn key(id: &SessionId) -> Key {
    Key::from(format!("sessions/{id}.tar.zst"))
}
