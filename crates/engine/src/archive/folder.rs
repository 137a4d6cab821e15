//! A session's folder as a stream of tar, and its removal. All of it runs in the sandbox.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use slipway_sandbox::{Job, Output, Sandbox, SandboxError, Size, View};
use tokio::io::{AsyncRead, AsyncWrite};

use super::problem;
use crate::Error;

/// Some gigabytes on a slow disk.
const PATIENCE: Duration = Duration::from_hours(1);
/// How much of a program's complaints is kept.
const OUTPUT_LIMIT: usize = 64 * 1024;

/// What a session's folder is made of: the checkout, and the agent's own store.
const PARTS: [&str; 2] = ["work", "agent"];

/// An agent may take its own rights away; what it made is read, or removed, all the same.
const WRITE: &str = include_str!("write.sh");
const READ: &str = include_str!("read.sh");
const CLEAR: &str = include_str!("clear.sh");

#[derive(Clone)]
pub(super) struct Folders {
    sandbox: Arc<Sandbox>,
}

impl Folders {
    pub(super) fn new(sandbox: Arc<Sandbox>) -> Self {
        Self { sandbox }
    }

    /// Writes a folder's parts; one that is not there is left out.
    pub(super) async fn write(&self, folder: &Path, to: impl AsyncWrite + Unpin) -> Result<(), Error> {
        let output = self.sandbox.pipe(job(WRITE, folder)?, tokio::io::empty(), to).await;
        must_succeed(output.map_err(|error| problem::not_packed(&error))?, problem::not_packed)
    }

    /// A new folder beside this one, in place of what an earlier attempt left there.
    pub(super) async fn fresh(&self, folder: &Path) -> Result<PathBuf, Error> {
        let fresh = beside(folder, "new");
        self.remove(&fresh).await?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&fresh);
        made.map_err(|error| problem::not_unpacked(&error))?;
        Ok(fresh)
    }

    /// Reads the parts into an empty folder, and returns when they are on disk. Whatever else there is is refused.
    pub(super) async fn read(&self, from: impl AsyncRead + Unpin, into: &Path) -> Result<(), Error> {
        let output = self.sandbox.pipe(job(READ, into)?, from, tokio::io::sink()).await;
        must_succeed(output.map_err(|error| problem::not_unpacked(&error))?, problem::not_unpacked)?;
        let entries = fs::read_dir(into).map_err(|error| problem::not_unpacked(&error))?;
        for entry in entries {
            let entry = entry.map_err(|error| problem::not_unpacked(&error))?;
            let is_part = PARTS.iter().any(|part| entry.file_name() == *part)
                && entry.file_type().is_ok_and(|kind| kind.is_dir());
            if !is_part {
                return Err(problem::stray(&entry.file_name()));
            }
        }
        Ok(())
    }

    /// Removes a folder. It is out of its place at once; what a crash leaves of it then is removed the next time.
    pub(super) async fn clear(&self, folder: &Path) -> Result<(), Error> {
        let (gone, new) = (beside(folder, "gone"), beside(folder, "new"));
        self.remove(&gone).await?;
        match fs::rename(folder, &gone) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(problem::not_removed(&error));
            }
            _ => {}
        }
        self.remove(&gone).await?;
        self.remove(&new).await
    }

    /// Removes what a crash in the middle of `clear` left below `parent`.
    pub(super) async fn clear_gone(&self, parent: &Path) -> Result<(), Error> {
        let paths = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path());
        for gone in paths.filter(|path| path.extension().is_some_and(|suffix| suffix == "gone")) {
            self.remove(&gone).await?;
        }
        Ok(())
    }

    pub(super) async fn measure(&self, folder: &Path, most_files: u64) -> Result<Size, SandboxError> {
        self.sandbox.measure(folder, most_files).await
    }

    async fn remove(&self, folder: &Path) -> Result<(), Error> {
        match fs::symlink_metadata(folder) {
            Err(_) => return Ok(()),
            Ok(found) if !found.is_dir() => {
                return fs::remove_file(folder).map_err(|error| problem::not_removed(&error));
            }
            Ok(_) => {}
        }
        let output = self.sandbox.run(job(CLEAR, folder)?).await;
        must_succeed(output.map_err(|error| problem::not_removed(&error))?, problem::not_removed)?;
        fs::remove_dir(folder).map_err(|error| problem::not_removed(&error))
    }
}

/// `NAME.SUFFIX`; no session's id has a dot.
fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(".");
    path.push(suffix);
    path.into()
}

/// A script that works in a folder, and sees nothing else.
fn job(script: &str, folder: &Path) -> Result<Job, Error> {
    let path = folder.to_str().ok_or_else(|| problem::stray(folder.as_os_str()))?;
    let argv = ["/bin/sh", "-euc", script, "slipway-archive", path].map(String::from).to_vec();
    let env = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")];
    Ok(Job {
        argv,
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        cwd: PathBuf::from("/"),
        view: View::of(folder),
        stdin: Vec::new(),
        timeout: PATIENCE,
        output_limit: OUTPUT_LIMIT,
    })
}

fn must_succeed(
    output: Output,
    refused: fn(&(dyn std::error::Error + 'static)) -> Error,
) -> Result<(), Error> {
    if output.status == 0 {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(refused(&problem::Said { status: output.status, said }))
}
