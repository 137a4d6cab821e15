//! How far a keeper's events have come, and up to where it may forget them.
//!
//! The keeper sends no more than so many bytes beyond what was acknowledged. Most events say nothing that anybody would store; if
//! these were never acknowledged, it would wait for ever.

#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// The last event that came.
    pub(super) last: u64,
    /// The last one that said something and was handed out.
    pub(super) told: u64,
    /// The last one of these that is stored.
    pub(super) stored: u64,
}

impl Heard {
    /// Everything that came, once all that said something is stored.
    pub(super) fn forgettable(self) -> u64 {
        if self.told <= self.stored { self.last } else { self.stored }
    }
}

#[cfg(test)]
mod tests {
    use super::Heard;

    #[test]
    fn what_says_nothing_is_forgotten_with_what_was_stored_before_it() {
        let heard = |last, told, stored| Heard { last, told, stored }.forgettable();
        assert_eq!(heard(9, 4, 3), 3, "the fourth is not stored yet");
        assert_eq!(heard(9, 4, 4), 9, "nothing after it needs to be");
        assert_eq!(heard(4, 4, 4), 4);
        assert_eq!(heard(9, 4, 6), 9, "an earlier server stored more than this one was told");
    }
}
