//! How long a turn may still take. The time stands still while a person is asked.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeLeft {
    /// Milliseconds, when it began to run or was stopped.
    ms: i64,
    runs_since: Option<i64>,
}

impl TimeLeft {
    pub(super) fn new(ms: i64, now: i64) -> Self {
        Self { ms, runs_since: Some(now) }
    }

    /// None while it stands still.
    pub(super) fn ends_at(&self) -> Option<i64> {
        self.runs_since.map(|since| since.saturating_add(self.ms))
    }

    pub(super) fn is_over(&self, now: i64) -> bool {
        self.ends_at().is_some_and(|at| now >= at)
    }

    pub(super) fn stand_still(&mut self, still: bool, now: i64) {
        match self.runs_since {
            Some(since) if still => *self = Self { ms: self.ms - (now - since), runs_since: None },
            None if !still => self.runs_since = Some(now),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeLeft;

    #[test]
    fn waiting_for_a_person_does_not_count() {
        let mut left = TimeLeft::new(100, 1_000);
        assert_eq!(left.ends_at(), Some(1_100));
        left.stand_still(true, 1_040);
        left.stand_still(true, 5_000);
        assert_eq!((left.ends_at(), left.is_over(9_000)), (None, false));
        left.stand_still(false, 9_000);
        left.stand_still(false, 9_030);
        assert_eq!([9_059, 9_060].map(|now| left.is_over(now)), [false, true]);
    }
}
