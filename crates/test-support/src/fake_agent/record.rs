//! A file with every call, a line each: agents come and go, and several write to the same one.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Called;

/// A call, and which agent got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The process.
    pub agent: u32,
    /// Where it was started: the checkout.
    pub folder: PathBuf,
    #[serde(flatten)]
    pub call: Called,
}

#[derive(Debug)]
pub(super) struct Record {
    file: File,
    folder: PathBuf,
}

impl Record {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file, folder: std::env::current_dir()? })
    }

    /// In one write, so that the lines of several agents do not mix.
    pub(super) fn note(&self, call: &Called) -> io::Result<()> {
        let recorded =
            Recorded { agent: std::process::id(), folder: self.folder.clone(), call: call.clone() };
        (&self.file).write_all(format!("{}\n", serde_json::to_string(&recorded)?).as_bytes())
    }
}

/// Everything that was recorded so far; nothing where no agent has been called.
pub fn read(path: &Path) -> io::Result<Vec<Recorded>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    // A line without its end is still being written.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).map_err(io::Error::other)).collect()
}
