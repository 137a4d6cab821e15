//! The events that are not yet stored elsewhere, numbered, as the lines that go over the wire.
//!
//! The newest lie in memory and, when nobody takes them, spill into a file. What is acknowledged is forgotten. Beyond
//! the limit the oldest are dropped, and a `Gap` stands where they were, under the number of the last one dropped.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use serde_json::Value;
use slipway_keeper::wire::{FromKeeper, KeeperEvent};

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

enum Checked {
    OneLine,
    Lines(Value),
    Unreadable,
}

/// Whether the reader will be able to read it: JSON, on one line, and not so deep that its parser gives up.
fn checked(data: &str) -> Checked {
    const DEEPEST: usize = 100;
    if depth(data) > DEEPEST || serde_json::from_str::<serde::de::IgnoredAny>(data).is_err() {
        return Checked::Unreadable;
    }
    if data.contains(['\n', '\r']) {
        return serde_json::from_str(data).map_or(Checked::Unreadable, Checked::Lines);
    }
    Checked::OneLine
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn spool(limit: u64) -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::create(&folder.path().join("spool"), limit).unwrap();
        (folder, spool)
    }

    /// Everything after `after`, read in pieces of `room` bytes.
    fn events(spool: &mut Spool, after: u64, room: u64) -> Vec<(u64, KeeperEvent)> {
        let mut events = Vec::new();
        let mut after = after;
        while let Some((last, lines)) = spool.read(after, room) {
            for line in String::from_utf8(lines).unwrap().lines() {
                match serde_json::from_str(line).unwrap() {
                    FromKeeper::Event { seq, event } => events.push((seq, event)),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(events.last().unwrap().0, last);
            after = last;
        }
        events
    }

    fn agent(number: u64, length: usize) -> KeeperEvent {
        KeeperEvent::Agent { data: json!({"n": number, "text": "x".repeat(length)}) }
    }

    #[test]
    fn an_agents_event_is_passed_on_as_it_came() {
        let (_folder, mut spool) = spool(1 << 20);
        for data in [r#"{"b":1,"a":"ü\n"}"#, "{\n\"a\":\n1}", "7", "{broken", &"[".repeat(5000), "[[]]"] {
            spool.append_agent(data);
        }
        let agent = |data| KeeperEvent::Agent { data };
        let expected = [
            (1, agent(json!({"b": 1, "a": "ü\n"}))),
            (2, agent(json!({"a": 1}))),
            (3, agent(json!(7))),
            (4, KeeperEvent::Gap),
            (5, KeeperEvent::Gap),
            (6, agent(json!([[]]))),
        ];
        assert_eq!(events(&mut spool, 0, 1), expected);
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        spool.append_agent(&deep);
        assert_eq!(events(&mut spool, 6, 1), [(7, KeeperEvent::Gap)]);
    }

    #[test]
    fn what_nobody_takes_ends_in_a_gap() {
        let (folder, mut spool) = spool(100_000);
        for number in 1..=2000 {
            spool.append(agent(number, 1000));
            let size = std::fs::metadata(folder.path().join("spool")).unwrap().len();
            assert!(size <= 100_000, "{size}");
        }
        let kept = events(&mut spool, 0, 10_000);
        assert_eq!(kept[0].1, KeeperEvent::Gap);
        assert_eq!(kept.last().unwrap(), &(2000, agent(2000, 1000)));
        assert!(kept.len() > 70, "{}", kept.len());
        for pair in kept.windows(2) {
            assert_eq!(pair[1].0, pair[0].0 + 1);
        }
        // Who has read beyond the gap is not told of it.
        assert_eq!(events(&mut spool, kept[3].0, 10_000), kept[4..]);
        spool.forget(2000);
        assert!(spool.is_empty());
        assert_eq!(std::fs::metadata(folder.path().join("spool")).unwrap().len(), 0);
    }

    #[test]
    fn an_event_above_the_limit_is_still_delivered() {
        let (_folder, mut spool) = spool(10_000);
        spool.append(agent(1, 10));
        spool.append(agent(2, 50_000));
        assert_eq!(events(&mut spool, 0, 1), [(1, KeeperEvent::Gap), (2, agent(2, 50_000))]);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Append(usize),
        Forget(u64),
        Read(u64, u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0usize..3000).prop_map(Step::Append),
            1 => (0u64..130).prop_map(Step::Forget),
            2 => (0u64..130, 1u64..9000).prop_map(|(after, room)| Step::Read(after, room)),
        ];
        proptest::collection::vec(step, 1..120)
    }

    proptest! {
        /// Against the obvious model, a list; no limit is reached.
        #[test]
        fn a_spool_is_a_list(steps in steps()) {
            let (_folder, mut spool) = spool(4096 * 40);
            let mut model: Vec<(u64, KeeperEvent)> = Vec::new();
            let (mut last, mut bytes) = (0, 0);
            for step in steps {
                match step {
                    Step::Append(length) if bytes + length < 4096 * 20 => {
                        bytes += length + 100;
                        last += 1;
                        spool.append(agent(last, length));
                        model.push((last, agent(last, length)));
                    }
                    Step::Append(_) => {}
                    Step::Forget(seq) => {
                        spool.forget(seq);
                        model.retain(|(number, _)| *number > seq);
                    }
                    Step::Read(after, room) => {
                        let expected: Vec<_> = model.iter().filter(|(seq, _)| *seq > after).cloned().collect();
                        prop_assert_eq!(events(&mut spool, after, room), expected);
                    }
                }
                prop_assert_eq!(spool.last(), last);
                prop_assert_eq!(spool.is_empty(), model.is_empty());
            }
        }

        /// With a limit: what is read is the newest part, without a hole, after at most one gap.
        #[test]
        fn a_full_spool_keeps_the_newest(steps in steps(), limit in 2000u64..20_000) {
            let (_folder, mut spool) = spool(limit);
            let (mut last, mut forgotten) = (0, 0);
            for step in steps {
                match step {
                    Step::Append(length) => {
                        last += 1;
                        spool.append(agent(last, length));
                    }
                    Step::Forget(seq) => {
                        spool.forget(seq);
                        forgotten = forgotten.max(seq.min(last));
                    }
                    Step::Read(after, room) => {
                        let after = after.max(forgotten);
                        let found = events(&mut spool, after, room);
                        let mut next = after + 1;
                        for (index, (seq, event)) in found.iter().enumerate() {
                            if *event == KeeperEvent::Gap {
                                prop_assert_eq!(index, 0);
                            } else {
                                prop_assert_eq!(*seq, next);
                                let intact = matches!(event, KeeperEvent::Agent { data } if data["n"] == *seq);
                                prop_assert!(intact);
                            }
                            next = seq + 1;
                        }
                        prop_assert_eq!(next, last.max(after) + 1);
                    }
                }
            }
        }
    }
}
