//! The events that are not yet stored elsewhere, numbered, as the lines that go over the wire.
//!
//! The newest lie in memory and, when nobody takes them, spill into a file. What is acknowledged is forgotten. Beyond
//! the limit the oldest are dropped, and a `Gap` stands where they were, under the number of the last one dropped.
//!
//! The server answers a gap by asking the agent for the truth, and the event that ends a part carries its whole text: what was
//! dropped is text that nobody saw in time, never text that is missing in the end. Joining deltas here instead would
//! need to know what a delta is.

mod checked;

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use slipway_keeper::wire::{FromKeeper, KeeperEvent};

use self::checked::{Checked, checked};

/// How much is held in memory before it goes to the file.
const TAIL: u64 = 256 * 1024;
/// Forgotten bytes at the start of the file are worth moving the rest from here on.
const WORTH_MOVING: u64 = 1024 * 1024;

/// Offsets are *logical*: they count every byte that was ever appended.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    limit: u64,
    /// The number of the oldest event kept.
    first: u64,
    /// Where it begins.
    begin: u64,
    /// Where each event kept ends.
    ends: VecDeque<u64>,
    /// Where the file begins.
    origin: u64,
    /// Where the file ends and the tail begins.
    spilled: u64,
    tail: Vec<u8>,
    /// The event before the first one kept was dropped: a gap stands there.
    gap: bool,
}

impl Spool {
    pub(crate) fn create(path: &Path, limit: u64) -> io::Result<Self> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Self {
            file,
            limit,
            first: 1,
            begin: 0,
            ends: VecDeque::new(),
            origin: 0,
            spilled: 0,
            tail: Vec::new(),
            gap: false,
        })
    }

    /// The newest event's number; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.first + self.ends.len() as u64 - 1
    }

    /// Everything was acknowledged.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty() && !self.gap
    }

    pub(crate) fn append(&mut self, event: KeeperEvent) {
        let line = event_line(self.last() + 1, event);
        self.tail.extend_from_slice(&line);
        self.appended();
    }

    /// An event of the agent, as the JSON text that it sent.
    pub(crate) fn append_agent(&mut self, data: &str) {
        match checked(data) {
            // As it came: most are passed on without being taken apart.
            Checked::OneLine => {
                let start =
                    format!(r#"{{"say":"event","seq":{},"event":{{"event":"agent","data":"#, self.last() + 1);
                self.tail.extend_from_slice(start.as_bytes());
                self.tail.extend_from_slice(data.as_bytes());
                self.tail.extend_from_slice(b"}}\n");
                self.appended();
            }
            Checked::Lines(data) => self.append(KeeperEvent::Agent { data }),
            Checked::Unreadable => self.append(KeeperEvent::Gap),
        }
    }

    /// Lines of the events after `after`, about `room` bytes of them but at least one, and the number of the last.
    pub(crate) fn read(&mut self, after: u64, room: u64) -> Option<(u64, Vec<u8>)> {
        let mut lines = Vec::new();
        if self.gap && after < self.first - 1 {
            lines = event_line(self.first - 1, KeeperEvent::Gap);
        }
        let skip =
            usize::try_from((after.saturating_add(1)).saturating_sub(self.first)).unwrap_or(usize::MAX);
        if skip >= self.ends.len() {
            return (!lines.is_empty()).then(|| (self.first - 1, lines));
        }
        let from = if skip == 0 { self.begin } else { self.ends[skip - 1] };
        let fit = self.ends.partition_point(|end| *end <= from + room).max(skip + 1);
        match self.copy(from, self.ends[fit - 1], &mut lines) {
            Ok(()) => Some((self.first + fit as u64 - 1, lines)),
            Err(error) => {
                self.lose_all(&error);
                self.read(after, room)
            }
        }
    }

    /// How many bytes lie between two events: after `after`, up to `until`.
    pub(crate) fn bytes_between(&self, after: u64, until: u64) -> u64 {
        let end = |seq: u64| match usize::try_from((seq.saturating_add(1)).saturating_sub(self.first)) {
            Ok(0) | Err(_) => self.begin,
            Ok(count) => self.ends.get(count - 1).or(self.ends.back()).copied().unwrap_or(self.begin),
        };
        end(until).saturating_sub(end(after))
    }

    /// Everything up to `seq` is stored elsewhere.
    pub(crate) fn forget(&mut self, seq: u64) {
        if seq.saturating_add(1) >= self.first {
            self.gap = false;
        }
        while self.first <= seq {
            let Some(end) = self.ends.pop_front() else { break };
            self.begin = end;
            self.first += 1;
        }
        self.tidy();
    }

    fn end(&self) -> u64 {
        self.spilled + self.tail.len() as u64
    }

    fn appended(&mut self) {
        self.ends.push_back(self.end());
        if self.tail.len() as u64 >= TAIL.min(self.limit / 4)
            && let Err(error) = self.spill()
        {
            self.lose_all(&error);
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.end() - self.origin > self.limit {
            if self.end() - self.begin > self.limit {
                self.drop_oldest(self.limit / 8 * 7);
            }
            self.compact()?;
        }
        self.file.write_all_at(&self.tail, self.spilled - self.origin)?;
        self.spilled = self.end();
        self.tail.clear();
        self.tail.shrink_to(TAIL as usize);
        Ok(())
    }

    /// Drops until no more than `rest` bytes are left, and puts a gap there. The newest event stays.
    fn drop_oldest(&mut self, rest: u64) {
        while self.ends.len() > 1 && self.end() - self.begin > rest {
            self.begin = self.ends.pop_front().unwrap_or(self.begin);
            self.first += 1;
            self.gap = true;
        }
        self.forget_in_memory();
    }

    /// Disk full or broken: what was kept is lost, and said to be.
    fn lose_all(&mut self, error: &io::Error) {
        tracing::error!(%error, "cannot keep events: those not yet stored are lost");
        self.gap |= !self.ends.is_empty();
        self.first = self.last() + 1;
        self.ends.clear();
        self.begin = self.end();
        self.tidy();
    }

    fn tidy(&mut self) {
        self.forget_in_memory();
        if self.begin >= self.spilled {
            if self.spilled > self.origin && self.file.set_len(0).is_err() {
                tracing::warn!("cannot shorten the spool");
            }
            self.origin = self.begin;
            self.spilled = self.begin;
        } else if self.begin - self.origin >= WORTH_MOVING.max(self.spilled - self.begin)
            && let Err(error) = self.compact()
        {
            self.lose_all(&error);
        }
    }

    /// Takes forgotten bytes off the tail once nothing of the file is left.
    fn forget_in_memory(&mut self) {
        if self.begin > self.spilled {
            let forgotten = (self.begin - self.spilled) as usize;
            self.tail.drain(..forgotten);
            self.tail.shrink_to(TAIL as usize / 4);
            if self.spilled > self.origin && self.file.set_len(0).is_err() {
                tracing::warn!("cannot shorten the spool");
            }
            self.origin = self.begin;
            self.spilled = self.begin;
        }
    }

    /// Moves what is kept to the start of the file.
    fn compact(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; 64 * 1024];
        let (mut from, mut to) = (self.begin - self.origin, 0);
        let end = self.spilled - self.origin;
        while from < end && from > to {
            let length = (end - from).min(chunk.len() as u64) as usize;
            self.file.read_exact_at(&mut chunk[..length], from)?;
            self.file.write_all_at(&chunk[..length], to)?;
            from += length as u64;
            to += length as u64;
        }
        self.origin = self.begin;
        self.file.set_len(self.spilled - self.origin)
    }

    fn copy(&self, from: u64, until: u64, lines: &mut Vec<u8>) -> io::Result<()> {
        let start = lines.len();
        let in_file = until.min(self.spilled).saturating_sub(from) as usize;
        lines.resize(start + in_file, 0);
        self.file.read_exact_at(&mut lines[start..], from.saturating_sub(self.origin))?;
        if until > self.spilled {
            let tail = (from.max(self.spilled) - self.spilled) as usize..(until - self.spilled) as usize;
            lines.extend_from_slice(&self.tail[tail]);
        }
        Ok(())
    }
}

fn event_line(seq: u64, event: KeeperEvent) -> Vec<u8> {
    slipway_keeper::lines::line(&FromKeeper::Event { seq, event })
}

#[cfg(test)]
mod tests;
