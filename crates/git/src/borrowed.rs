//! From which mirror a checkout borrows its objects, written down beside the checkout.
//!
//! The checkout says so itself, for git, but an agent can write there. What is shown to whoever works on a checkout is this
//! mirror and no other: an agent that names another finds nothing there.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;
use slipway_sandbox::View;

use crate::{
    Git, GitError,
    mirror::{USED, cannot},
};

/// Of a path, in bytes.
const LONGEST: u64 = 4096;

impl Git {
    /// The mirror of a checkout; none where it borrows from none.
    pub fn mirror_of(&self, checkout: &Path) -> Option<PathBuf> {
        known(checkout).unwrap_or_else(|error| {
            tracing::warn!(checkout = %checkout.display(), %error, "a checkout's mirror is not known");
            None
        })
    }

    /// Whether a mirror must stay for this checkout's sake. One that cannot be asked may need it.
    pub fn may_borrow(&self, checkout: &Path, mirror: &Path) -> bool {
        known(checkout).map_or(true, |borrowed| borrowed.is_some_and(|borrowed| borrowed == mirror))
    }

    /// What a job on a checkout sees: the checkout, and what it borrows.
    pub(crate) fn view_of(&self, checkout: &Path) -> View {
        View::of(checkout).reading(self.mirror_of(checkout))
    }
}

fn known(checkout: &Path) -> io::Result<Option<PathBuf>> {
    match fs::read_to_string(record(checkout)) {
        Ok(path) if path.is_empty() => Ok(None),
        Ok(path) => Ok(Some(PathBuf::from(path))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(of_an_earlier_version(checkout)),
        Err(error) => Err(error),
    }
}

/// Before anything is borrowed: a job sees it only then.
pub(crate) fn note(checkout: &Path, mirror: &Path) -> Result<(), GitError> {
    let record = record(checkout);
    let failed = |error: io::Error| cannot("write", &record, &error);
    if let Some(folder) = record.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let path = mirror.to_str().ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    let fresh = checkout.with_extension("mirror.new");
    fs::write(&fresh, path).and_then(|()| fs::rename(&fresh, &record)).map_err(failed)
}

/// `NAME.mirror` beside the folder NAME, where no agent writes.
fn record(checkout: &Path) -> PathBuf {
    checkout.with_extension("mirror")
}

/// Versions without walls kept no record; the checkout's own word is taken once, and written down whatever it is.
fn of_an_earlier_version(checkout: &Path) -> Option<PathBuf> {
    if !checkout.is_dir() {
        return None;
    }
    let mirror = own_word(checkout).filter(|mirror| mirror.join(USED).is_file());
    if let Err(error) = note(checkout, mirror.as_deref().unwrap_or(Path::new(""))) {
        tracing::warn!(%error, "a checkout's mirror could not be written down");
        return None;
    }
    mirror
}

/// Git's own record, which may be anything by now.
fn own_word(checkout: &Path) -> Option<PathBuf> {
    let careful = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let path = checkout.join(".git/objects/info/alternates");
    let file = File::options().read(true).custom_flags(careful).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(Path::new(text.lines().next()?).parent()?.to_owned())
}
