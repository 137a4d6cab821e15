//! What the agent writes to its standard output and error: into a bounded log, and searched for the line that says it
//! is ready.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::fs::OFlags;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::watch,
};

/// A log file as long as this becomes the older one. Two files: twice as much in all.
const FILE_LIMIT: usize = 1024 * 1024;
const TAIL: usize = 4096;

#[derive(Clone, Debug)]
pub(crate) struct Output(Arc<Mutex<Log>>);

impl Output {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Log::open(path, FILE_LIMIT)?))))
    }

    pub(crate) async fn drain(self, mut source: impl AsyncRead + Unpin, mut line: LineWatch) {
        let mut chunk = vec![0; 8 * 1024];
        while let Ok(length @ 1..) = source.read(&mut chunk).await {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(&chunk[..length]);
            line.look(&chunk[..length]);
        }
    }

    /// The end of it, for people.
    pub(crate) fn tail(&self) -> String {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log.tail).into_owned()
    }
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: File,
    length: usize,
    limit: usize,
    tail: Vec<u8>,
}

impl Log {
    fn open(path: &Path, limit: usize) -> io::Result<Self> {
        let length = fs::metadata(path).map_or(0, |metadata| metadata.len() as usize);
        Ok(Self { path: path.into(), file: append_to(path)?, length, limit, tail: Vec::new() })
    }

    fn write(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
        if let Err(error) = self.write_to_file(bytes) {
            tracing::warn!(%error, "cannot write the agent's log");
        }
    }

    fn write_to_file(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.length + bytes.len() > self.limit {
            fs::rename(&self.path, older(&self.path))?;
            self.file = append_to(&self.path)?;
            self.length = 0;
        }
        self.length += bytes.len();
        self.file.write_all(bytes)
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    let no_link = OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(no_link).open(path)
}

fn older(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".1");
    name.into()
}

/// Looks for some text in a stream of bytes.
#[derive(Clone, Debug)]
pub(crate) struct LineWatch {
    wanted: Vec<u8>,
    /// The last bytes, too few to hold it.
    carried: Vec<u8>,
    seen: Arc<watch::Sender<bool>>,
}

impl LineWatch {
    pub(crate) fn new(line: &str) -> Self {
        let seen = Arc::new(watch::Sender::new(line.is_empty()));
        Self { wanted: line.into(), carried: Vec::new(), seen }
    }

    pub(crate) fn seen(&self) -> watch::Receiver<bool> {
        self.seen.subscribe()
    }

    fn look(&mut self, bytes: &[u8]) {
        if *self.seen.borrow() {
            return;
        }
        self.carried.extend_from_slice(bytes);
        if self.carried.windows(self.wanted.len()).any(|window| window == self.wanted) {
            self.seen.send_replace(true);
        }
        let keep = self.carried.len().min(self.wanted.len() - 1);
        self.carried.drain(..self.carried.len() - keep);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_log_is_bounded_and_keeps_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Log::open(&path, 10_000).unwrap();
        for number in 0..10_000 {
            log.write(format!("line {number}\n").as_bytes());
        }
        let (new, old) = (fs::read_to_string(&path).unwrap(), fs::read_to_string(older(&path)).unwrap());
        assert!(new.len() <= 10_000 && old.len() <= 10_000);
        assert!((old + &new).ends_with("line 9998\nline 9999\n"));
        assert!(log.tail.len() <= 2 * TAIL && log.tail.ends_with(b"line 9999\n"));
    }

    proptest! {
        #[test]
        fn the_line_is_found_however_it_arrives(before in "[a-c]{0,20}", after in "[a-c]{0,20}", cut in 1usize..9) {
            let mut watch = LineWatch::new("abcab");
            let text = format!("{before}abcab{after}");
            for chunk in text.as_bytes().chunks(cut) {
                watch.look(chunk);
            }
            prop_assert!(*watch.seen().borrow());
        }

        #[test]
        fn nothing_is_found_where_nothing_is(text in "[a-c]{0,60}", cut in 1usize..9) {
            let mut watch = LineWatch::new("abcab");
            for chunk in text.as_bytes().chunks(cut) {
                watch.look(chunk);
            }
            prop_assert_eq!(*watch.seen().borrow(), text.contains("abcab"));
        }
    }
}
