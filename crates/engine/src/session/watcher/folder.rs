//! What is known of one session's folder, and when it must be walked through again.

use std::time::{Duration, Instant};

use slipway_sandbox::{Room, Size};

/// Who makes room while another grows hides that; so it is looked now and then in any case.
const LONGEST: Duration = Duration::from_mins(2);
/// A walk may take this part of the time.
const SHARE: u32 = 10;

/// Who grew by less than this is not the one who fills a disk.
const WORTH_IT: u64 = 8 << 20;

#[derive(Clone, Copy, Debug)]
pub(super) struct Folder {
    /// When it was first measured since the agent started.
    first: Size,
    /// When it was last measured while the disk had room.
    with_room: Size,
    last: Size,
    /// How the disk was then.
    room: Room,
    at: Instant,
    /// How long the walk took.
    took: Duration,
}

impl Folder {
    pub(super) fn new(size: Size, room: Room, took: Duration) -> Self {
        Self { first: size, with_room: size, last: size, room, at: Instant::now(), took }
    }

    pub(super) fn measured(&self, size: Size, room: Room, took: Duration, is_short: bool) -> Self {
        let with_room = if is_short { self.with_room } else { size };
        Self { first: self.first, with_room, last: size, room, at: Instant::now(), took }
    }

    /// It may have grown beyond its limits, by all that the disk has filled since; or the disk is short of room.
    pub(super) fn is_due(&self, room: &Room, is_short: bool, most_bytes: u64, most_files: u64) -> bool {
        let elapsed = self.at.elapsed();
        if elapsed < self.took * SHARE {
            return false;
        }
        let filled = self.room.free.saturating_sub(room.free);
        let may_exceed = self.last.bytes.saturating_add(filled) > most_bytes && filled > 0;
        let added = room.files.saturating_sub(self.room.files);
        let may_crowd = self.last.files.saturating_add(added) > most_files && added > 0;
        is_short || may_exceed || may_crowd || elapsed >= LONGEST
    }

    /// It is beyond this; where it was when the agent started, by more than tidying up may take.
    pub(super) fn has_outgrown(&self, which: impl Fn(&Size) -> u64, most: u64) -> bool {
        let (first, last) = (which(&self.first), which(&self.last));
        last > if first > most { first.saturating_add(most / 16) } else { most }
    }

    /// By how much it grew on a disk that is short of room; none: by nothing that matters.
    pub(super) fn growth(&self) -> Option<u64> {
        self.last.bytes.checked_sub(self.with_room.bytes).filter(|grown| *grown >= WORTH_IT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TIME: Duration = Duration::ZERO;

    fn size(bytes: u64, files: u64) -> Size {
        Size { bytes, files }
    }

    fn room(free: u64, files: u64) -> Room {
        Room { total: 10_000, free, files }
    }

    #[test]
    fn it_is_walked_through_when_it_may_have_outgrown_its_limits() {
        let folder = Folder::new(size(600, 60), room(5_000, 200), NO_TIME);
        let due = |free, files| folder.is_due(&room(free, files), false, 1_000, 100);
        assert_eq!([due(5_000, 200), due(4_600, 200), due(4_599, 200)], [false, false, true]);
        assert_eq!([due(5_000, 240), due(5_000, 241)], [false, true]);
        assert!(folder.is_due(&room(5_000, 200), true, 1_000, 100), "the disk is short of room");
        let slow = Folder::new(size(600, 60), room(5_000, 200), Duration::from_mins(1));
        assert!(
            !slow.is_due(&room(0, 900), true, 1_000, 100),
            "a walk that takes long is not made at once again"
        );
    }

    #[test]
    fn what_was_there_when_it_woke_is_no_reason() {
        let woke = Folder::new(size(1_500, 60), room(5_000, 200), NO_TIME);
        let bytes = |size: &Size| size.bytes;
        assert!(!woke.has_outgrown(bytes, 1_000));
        assert!(!woke.measured(size(1_400, 60), room(5_000, 200), NO_TIME, false).has_outgrown(bytes, 1_000));
        assert!(!woke.measured(size(1_562, 60), room(4_900, 200), NO_TIME, false).has_outgrown(bytes, 1_000));
        let grown = woke.measured(size(1_600, 60), room(4_900, 200), NO_TIME, false);
        assert!(grown.has_outgrown(bytes, 1_000) && !grown.has_outgrown(bytes, 2_000));
    }

    #[test]
    fn who_fills_a_disk_grew_since_it_had_room() {
        let at = |folder: &Folder, megabytes: u64, is_short| {
            folder.measured(size(megabytes << 20, 60), room(5_000, 200), NO_TIME, is_short)
        };
        let woke = Folder::new(size(10 << 20, 60), room(5_000, 200), NO_TIME);
        let with_room = at(&woke, 50, false);
        let short = at(&at(&with_room, 54, true), 58, true);
        let growths = [woke, with_room, at(&with_room, 54, true), short, at(&short, 58, false)]
            .map(|folder| folder.growth());
        assert_eq!(growths, [None, None, None, Some(8 << 20), None]);
    }
}
