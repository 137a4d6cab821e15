//! The mirrors of repositories: one for each, shared by those who may read it, fetched with the token of whoever asks.
//!
//! Invariant: a mirror is handed out only with an [`Origin`], which was checked against the person who asks.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use slipway_git::Git;

use crate::{Error, Origin, Settings};

/// A mirror that nobody fetched for so long, and no checkout borrows from, is removed.
const UNUSED: Duration = Duration::from_hours(30 * 24);

pub(crate) struct Mirrors {
    git: Git,
    folder: PathBuf,
    sessions: PathBuf,
    fetched: Mutex<HashMap<String, Instant>>,
}

impl Mirrors {
    pub(crate) fn new(git: Git, settings: &Settings) -> Self {
        let (folder, sessions) = (settings.mirrors_dir(), settings.sessions_dir());
        Self { git, folder, sessions, fetched: Mutex::default() }
    }

    pub(crate) fn path(&self, origin: &Origin) -> PathBuf {
        self.folder.join(format!("{}.git", origin.mirror))
    }

    /// Fetches, and makes the mirror where there is none.
    pub(crate) async fn refresh(&self, origin: &Origin) -> Result<PathBuf, Error> {
        let path = self.path(origin);
        self.git.refresh_mirror(&origin.source, &path).await?;
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.insert(origin.mirror.clone(), Instant::now());
        Ok(path)
    }

    /// Fetches unless that was done within `age`.
    pub(crate) async fn refresh_if_older(&self, origin: &Origin, age: Duration) -> Result<PathBuf, Error> {
        let known = {
            let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            fetched.retain(|_, at| at.elapsed() < age);
            fetched.contains_key(&origin.mirror)
        };
        if known { Ok(self.path(origin)) } else { self.refresh(origin).await }
    }

    pub(crate) async fn remove_unused(&self) {
        for mirror in folders(&self.folder) {
            let borrowed = || self.is_borrowed(&mirror);
            match self.git.remove_unused_mirror(&mirror, UNUSED, borrowed).await {
                Ok(true) => tracing::info!(mirror = %mirror.display(), "removed a mirror that nobody uses"),
                Ok(false) => {}
                Err(error) => tracing::warn!(mirror = %mirror.display(), %error, "a mirror stays"),
            }
        }
    }

    /// Whether any checkout finds objects there.
    fn is_borrowed(&self, mirror: &Path) -> bool {
        folders(&self.sessions).iter().any(|session| self.git.may_borrow(&session.join("work"), mirror))
    }
}

fn folders(at: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(at).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
