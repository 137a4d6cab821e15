//! One JSON object a line, at most [`MAX_LINE`] bytes long.

use std::io;

use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::wire::MAX_LINE;

/// A buffer that grew beyond this is given back once its line was taken.
const KEPT_BUFFER: usize = 256 * 1024;
const READ_SIZE: usize = 16 * 1024;

/// Reads lines. Waiting for the next one may be cancelled: nothing is lost.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// How far the buffer was searched for the line's end.
    searched: usize,
    longest: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, searched: 0, longest: MAX_LINE }
    }

    /// The next line without its end; none when the other side closed, be it in the middle of a line.
    pub async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            if let Some(length) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.start..self.searched + length;
                self.start = line.end + 1;
                self.searched = self.start;
                return Ok(Some(&self.buffer[line]));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() - self.start > self.longest {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            self.make_room();
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn make_room(&mut self) {
        if self.start == self.buffer.len() && self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = Vec::new();
        } else {
            self.buffer.drain(..self.start);
        }
        self.start = 0;
        self.searched = self.buffer.len();
        self.buffer.reserve(READ_SIZE);
    }
}

/// A word as a line, its end included.
pub fn line(word: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(word).expect("the keeper's words are JSON");
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn all(mut lines: Lines<impl AsyncRead + Unpin>) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().await? {
            found.push(String::from_utf8_lossy(line).into_owned());
        }
        Ok(found)
    }

    #[tokio::test]
    async fn an_unfinished_last_line_is_no_line() {
        assert_eq!(all(Lines::new(Cursor::new(b"one\n\ntwo\nthr"))).await.unwrap(), ["one", "", "two"]);
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused() {
        let mut lines = Lines::new(Cursor::new(vec![b'x'; 100_000]));
        lines.longest = 50_000;
        assert_eq!(lines.next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_how_the_bytes_arrive(
            lines in proptest::collection::vec("[a-z]{0,40}", 0..20),
            cut in 1usize..50,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let bytes: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
            let found = runtime.block_on(async {
                let (mut near, far) = tokio::io::duplex(16);
                let write = async move {
                    for chunk in bytes.chunks(cut) {
                        near.write_all(chunk).await.unwrap();
                    }
                };
                tokio::join!(write, all(Lines::new(far))).1.unwrap()
            });
            prop_assert_eq!(found, lines);
        }
    }
}
