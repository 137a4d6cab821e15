//! What goes wrong with the archive, as sentences; the rest goes to the log.

use std::{error::Error as Source, ffi::OsStr, fmt, io, path::Path};

use slipway_protocol::ErrorKind;

use crate::Error;

/// What a program said before it failed.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: i32,
    pub(super) said: String,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}: {}", self.status, self.said.trim())
    }
}

impl Source for Said {}

pub(super) fn not_packed(error: &(dyn Source + 'static)) -> Error {
    tracing::error!(%error, "a session could not be packed");
    let why = if is_full(error) { "The disk of this server is full. " } else { "" };
    internal(format!("{why}The session could not be packed, so it was not archived. Nothing of it was lost."))
}

pub(super) fn not_unpacked(error: &(dyn Source + 'static)) -> Error {
    if let Some(object_store::Error::NotFound { .. }) = error.downcast_ref() {
        tracing::error!(%error, "a session is not in the archive");
        return Error::new(ErrorKind::NotFound, "The files of this session are no longer in the archive.");
    }
    tracing::error!(%error, "a session could not be unpacked");
    let why = if is_full(error) { "The disk of this server is full. " } else { "" };
    internal(format!("{why}The session could not be unpacked. It is still in the archive; try again."))
}

pub(super) fn not_removed(error: &(dyn Source + 'static)) -> Error {
    tracing::error!(%error, "a session's folder could not be removed");
    internal("The session's folder could not be removed. Try again.".into())
}

pub(super) fn unreachable(error: &(dyn Source + 'static)) -> Error {
    tracing::error!(%error, "the archive did not answer");
    internal("The archive of this server cannot be used. Nothing was changed; try again.".into())
}

pub(super) fn stray(name: &OsStr) -> Error {
    tracing::error!(name = %name.display(), "an archive holds what no session has");
    internal("The archive of this session was changed by somebody, so it was not unpacked.".into())
}

pub(super) fn cannot_use(folder: &Path, error: &dyn fmt::Display) -> Error {
    internal(format!(
        "The archive's folder {} cannot be used: {error}. Choose another with SLIPWAY_ARCHIVE_URL.",
        folder.display()
    ))
}

fn internal(sentence: String) -> Error {
    Error::new(ErrorKind::Internal, sentence)
}

/// Whether a full disk is at the bottom of it.
fn is_full(error: &(dyn Source + 'static)) -> bool {
    if let Some(Said { said, .. }) = error.downcast_ref() {
        return said.contains("No space left on device") || said.contains("Disk quota exceeded");
    }
    let within = error.downcast_ref::<io::Error>();
    let full =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    within.is_some_and(full)
        || within.and_then(io::Error::get_ref).is_some_and(|inner| is_full(inner))
        || error.source().is_some_and(is_full)
}
