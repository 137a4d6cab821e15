//! How long an answer about a repository is good: data and pure functions.

use std::time::{Duration, Instant};

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessTimes {
    /// An answer holds for so long. From half of it on it is asked for again in the background.
    pub fresh: Duration,
    /// While nobody can be asked, the last answer holds for so long.
    pub kept: Duration,
}

impl Default for AccessTimes {
    fn default() -> Self {
        Self { fresh: Duration::from_mins(2), kept: Duration::from_mins(15) }
    }
}

impl AccessTimes {
    /// After this it is asked for ahead of time.
    pub(super) fn ahead(self) -> Duration {
        self.fresh / 2
    }

    /// Who was told no, or got no answer, asks again after this.
    pub(super) fn pause(self) -> Duration {
        self.fresh / 8
    }
}

/// What was heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) may: bool,
    pub(super) at: Instant,
}

/// What to do for somebody who wants in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Use(bool),
    /// Good, and to be asked for again meanwhile.
    UseAndAsk,
    Ask,
}

pub(super) fn next(answer: Option<Answer>, now: Instant, times: AccessTimes) -> Next {
    let Some(Answer { may, at }) = answer else { return Next::Ask };
    let age = now.saturating_duration_since(at);
    match may {
        // Who is let in again should not have to wait for it.
        false if age < times.pause() => Next::Use(false),
        true if age < times.ahead() => Next::Use(true),
        true if age < times.fresh => Next::UseAndAsk,
        _ => Next::Ask,
    }
}

/// What holds while nobody can be asked; none: it was asked too long ago.
pub(super) fn kept(answer: Option<Answer>, now: Instant, times: AccessTimes) -> Option<bool> {
    let answer = answer?;
    (now.saturating_duration_since(answer.at) < times.kept).then_some(answer.may)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_grows_old() {
        let (asked, times) = (Instant::now(), AccessTimes::default());
        let after =
            |may, seconds| next(Some(Answer { may, at: asked }), asked + Duration::from_secs(seconds), times);
        assert_eq!(next(None, asked, times), Next::Ask);
        let yes = [0, 59, 60, 119, 120, 3600].map(|seconds| after(true, seconds));
        let expected =
            [Next::Use(true), Next::Use(true), Next::UseAndAsk, Next::UseAndAsk, Next::Ask, Next::Ask];
        assert_eq!(yes, expected);
        assert_eq!(
            [0, 14, 15].map(|seconds| after(false, seconds)),
            [Next::Use(false), Next::Use(false), Next::Ask]
        );
    }

    #[test]
    fn the_last_answer_holds_for_a_while_where_nobody_can_be_asked() {
        let (asked, times) = (Instant::now(), AccessTimes::default());
        let after =
            |may, minutes| kept(Some(Answer { may, at: asked }), asked + Duration::from_mins(minutes), times);
        assert_eq!(kept(None, asked, times), None);
        assert_eq!([after(true, 14), after(true, 15)], [Some(true), None]);
        assert_eq!([after(false, 14), after(false, 15)], [Some(false), None]);
    }
}
