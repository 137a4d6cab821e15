//! Where archived sessions are kept, and when a session is archived by itself.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::data::{private, writable};
use crate::{cli::Settings, config::Unusable};

#[derive(Clone, Debug)]
pub struct Archive {
    /// `SLIPWAY_ARCHIVE_URL`
    pub folder: PathBuf,
    /// `SLIPWAY_ARCHIVE_AFTER`
    pub after: Duration,
}

impl Archive {
    pub(super) fn new(settings: &Settings, data: &Path) -> Result<Self, Unusable> {
        let folder = match settings.archive_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => folder_of(url).map_err(Unusable)?,
            None => data.join("archive"),
        };
        Ok(Self { folder, after: settings.archive_after })
    }

    /// Makes the folder, for this user only.
    pub fn prepare(&self) -> Result<(), Unusable> {
        private(&self.folder).and_then(|()| writable(&self.folder)).map_err(|error| {
            Unusable(format!(
                "The archive's folder {} cannot be written: {error}. Choose another with SLIPWAY_ARCHIVE_URL.",
                self.folder.display()
            ))
        })
    }
}

/// `file:///folder` or `file:/folder`.
fn folder_of(url: &str) -> Result<PathBuf, String> {
    if url.starts_with("s3:") {
        return Err(format!(
            "SLIPWAY_ARCHIVE_URL is {url}, but this version of Slipway cannot keep archives in S3 yet. Name a folder: \
             file:///folder."
        ));
    }
    let path = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:")).map(Path::new);
    match path.filter(|path| path.is_absolute()) {
        Some(path) => Ok(path.to_owned()),
        None => Err(format!(
            "SLIPWAY_ARCHIVE_URL is {url}, which names no folder. Write it as file:///folder, from the root."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_a_folder() {
        for url in ["file:///var/archive", "file:/var/archive"] {
            assert_eq!(folder_of(url), Ok("/var/archive".into()));
        }
        for url in ["file:archive", "file://host/archive", "/var/archive", "https://example.org", "file:"] {
            let sentence = folder_of(url).unwrap_err();
            assert!(sentence.starts_with(&format!("SLIPWAY_ARCHIVE_URL is {url}, which")), "{sentence}");
        }
        assert_eq!(
            folder_of("s3://bucket/folder"),
            Err("SLIPWAY_ARCHIVE_URL is s3://bucket/folder, but this version of Slipway cannot keep archives in S3 \
                 yet. Name a folder: file:///folder."
                .into())
        );
    }
}
