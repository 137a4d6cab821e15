//! A file with every call, a line each: agents come and go, and several write to the same one. From behind walls they write
//! through a socket beside it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::{fs::FileTypeExt, net::UnixDatagram},
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
    to: Paper,
    folder: PathBuf,
}

#[derive(Debug)]
enum Paper {
    File(File),
    Socket(UnixDatagram),
}

impl Record {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let is_socket = std::fs::metadata(path).is_ok_and(|found| found.file_type().is_socket());
        let to = if is_socket {
            let socket = UnixDatagram::unbound()?;
            socket.connect(path)?;
            Paper::Socket(socket)
        } else {
            Paper::File(OpenOptions::new().create(true).append(true).open(path)?)
        };
        Ok(Self { to, folder: std::env::current_dir()? })
    }

    /// In one write, so that the lines of several agents do not mix.
    pub(super) fn note(&self, call: &Called) -> io::Result<()> {
        let recorded =
            Recorded { agent: std::process::id(), folder: self.folder.clone(), call: call.clone() };
        let line = format!("{}\n", serde_json::to_string(&recorded)?);
        match &self.to {
            Paper::File(file) => { file }.write_all(line.as_bytes()),
            Paper::Socket(socket) => socket.send(line.as_bytes()).map(drop),
        }
    }
}

/// Writes what comes to the socket into the file, for as long as the program runs. A folder that agents may read is enough
/// for them to find the socket.
pub fn collect(socket: &Path, file: &Path) -> io::Result<()> {
    let socket = UnixDatagram::bind(socket)?;
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    std::thread::spawn(move || {
        let mut line = vec![0; 1 << 20];
        while let Ok(length) = socket.recv(&mut line) {
            if file.write_all(&line[..length]).is_err() {
                return;
            }
        }
    });
    Ok(())
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
