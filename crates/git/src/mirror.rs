//! Mirrors: a bare cache of each repository, from which checkouts borrow their objects.
//!
//! Branches are kept as `refs/remotes/origin/*`: a mirror's own `refs/heads/*` stay empty, so that no fetch is ever refused
//! because a branch is in use. Nothing is collected from a mirror, since checkouts point into it.

use std::{ffi::OsString, path::Path, time::Duration};

use crate::{Git, GitError, Source};

/// Only what was asked for, and no trace of the fetch itself.
const FETCH_OPTIONS: [&str; 5] =
    ["--quiet", "--no-tags", "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-fetch-head"];

/// A file of the mirror; its time says when it was fetched last.
pub(crate) const USED: &str = "slipway-used";

/// What a fetch demands of what it gets.
#[derive(Clone, Copy)]
pub(crate) enum Checks {
    /// From a person's repository into its mirror: old histories have old flaws.
    Connected,
    /// From a sandbox: every object must be sound.
    EachObject,
}

impl Git {
    /// Brings a mirror up to date with its source; makes it where there is none. One at a time for each mirror.
    pub async fn refresh_mirror(&self, source: &Source, mirror: &Path) -> Result<(), GitError> {
        if let Source::Folder(folder) = source {
            self.must_be_repository(folder).await?;
        }
        let _alone = self.locks.lock(mirror).await;
        if !mirror.join("HEAD").is_file() {
            let format = match source {
                Source::Folder(folder) => self.object_format(folder).await?,
                // No forge has another yet.
                Source::Remote { .. } => "sha1".into(),
            };
            self.make_bare(mirror, &format).await?;
        }
        let used = mirror.join(USED);
        std::fs::write(&used, "").map_err(|error| cannot("write", &used, &error))?;
        let fetched = self.fetch_all(source, mirror).await;
        if fetched.is_err() && sweep_locks(mirror) {
            return self.fetch_all(source, mirror).await;
        }
        fetched
    }

    /// Removes a mirror that was not fetched for so long, unless a checkout borrows from it. Says whether it did.
    pub async fn remove_unused_mirror(
        &self,
        mirror: &Path,
        unused_for: Duration,
        is_borrowed: impl FnOnce() -> bool,
    ) -> Result<bool, GitError> {
        let _alone = self.locks.lock(mirror).await;
        let used = std::fs::metadata(mirror.join(USED)).and_then(|file| file.modified());
        let rests = used.is_ok_and(|at| at.elapsed().is_ok_and(|time| time >= unused_for));
        if !rests || is_borrowed() {
            return Ok(false);
        }
        clear(mirror)?;
        Ok(true)
    }

    async fn fetch_all(&self, source: &Source, mirror: &Path) -> Result<(), GitError> {
        let refspec = "+refs/heads/*:refs/remotes/origin/*";
        match source {
            Source::Folder(folder) => self.fetch(folder, mirror, refspec, Checks::Connected).await,
            Source::Remote { url, token } => {
                let mut arguments = vec!["fetch"];
                arguments.extend(FETCH_OPTIONS);
                arguments.extend(["--prune", "--", url, refspec]);
                let git = self.runner.trusted().at(mirror).over_http(url, token.as_deref());
                git.config("fetch.fsckObjects=false").read_from_afar(arguments).await.map(drop)
            }
        }
    }

    /// Makes an empty bare repository beside its place and moves it there, so that a half-made one is never seen.
    pub(crate) async fn make_bare(&self, at: &Path, format: &str) -> Result<(), GitError> {
        let fresh = at.with_extension("new");
        clear(&fresh)?;
        clear(at)?;
        if let Some(folder) = at.parent() {
            std::fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
        }
        let mut arguments: Vec<OsString> =
            ["init", "--quiet", "--bare", "--template="].map(OsString::from).into();
        arguments.extend([format!("--object-format={format}").into(), fresh.clone().into()]);
        self.runner.trusted().run(arguments).await?;
        std::fs::rename(&fresh, at).map_err(|error| cannot("make", at, &error))
    }

    /// Fetches from a local repository or bundle, by path, what the refspec says and nothing else.
    pub(crate) async fn fetch(
        &self,
        from: &Path,
        into: &Path,
        refspec: &str,
        checks: Checks,
    ) -> Result<(), GitError> {
        // The source's side is safe to run in a folder that somebody else owns (git-upload-pack(1), "SECURITY").
        let program = self.runner.program().display().to_string().replace('\'', r"'\''");
        let upload = format!("--upload-pack='{program}' -c 'safe.directory=*' upload-pack");
        let (config, options) = match checks {
            Checks::Connected => ("fetch.fsckObjects=false", ["--prune", "--update-shallow"]),
            Checks::EachObject => ("fetch.fsckObjects=true", ["--no-prune", "--no-prune-tags"]),
        };
        let mut arguments = vec![OsString::from("fetch")];
        arguments.extend(FETCH_OPTIONS.iter().chain(&options).map(OsString::from));
        arguments.extend([upload.into(), "--".into(), from.into(), refspec.into()]);
        self.runner.trusted().at(into).config(config).run(arguments).await.map(drop)
    }
}

/// Removes the lock files that a killed git left in a mirror; only its one user calls this. Says whether there were any.
fn sweep_locks(mirror: &Path) -> bool {
    let (mut found, mut folders) = (false, vec![mirror.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && entry.file_name() != "objects" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lock") {
                found |= std::fs::remove_file(path).is_ok();
            }
        }
    }
    found
}

pub(crate) fn clear(folder: &Path) -> Result<(), GitError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(cannot("remove", folder, &error)),
        _ => Ok(()),
    }
}

pub(crate) fn cannot(verb: &str, path: &Path, error: &std::io::Error) -> GitError {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => GitError::DiskFull,
        _ => GitError::Failed(format!("Slipway could not {verb} {}: {error}.", path.display())),
    }
}
