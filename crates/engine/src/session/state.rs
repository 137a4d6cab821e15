//! The life of an awake session as data and one pure function. No clock, no I/O: time comes in as milliseconds.
//!
//! | state | what a person sees | ends by itself |
//! |---|---|---|
//! | `Asleep` | "Asleep", or what a person must mend before the next turn | rests |
//! | `Failed` | why it failed and "Retry" | rests, waits for a person |
//! | `Waiting` | its place in line | when another agent leaves; those that idle longest leave first |
//! | `Overspent` | until when nothing is sent | at 00:00 UTC, then it goes on with what waits |
//! | `CheckingOut` | "Starting" | `CHECKOUT_MS`, then `Failed`; git itself gives up before that |
//! | `Starting`, `BackingOff` | "Starting" | `START_MS`, then tried again or `Failed` |
//! | `Ready` | "Idle", or what a person must mend before the next turn | `SLIPWAY_IDLE_STOP` |
//! | `Preparing` | "Starting" | `PREPARE_MS`, then without a checkpoint |
//! | `Busy` | what the agent does | asked every `POLL_MS` of silence; ended after `POLLS` questions without an answer; stopped after `SLIPWAY_TURN_LIMIT` |
//! | `Settling` | what the agent did last | `SETTLE_MS` |
//! | `Stopping` | "Stopping" | `STOP_MS`, then the agent is ended |
//! | `Closing` | "Asleep" | `CLOSE_MS`; what is left is cleared before the next start |
//!
//! Invariant: every state that waits has a deadline, or something a person sees and can act on.

use slipway_protocol::PromptId;

use super::time_left::TimeLeft;
use crate::spending::Overspent;

pub(super) use signal::{Effect, End, Input};

mod signal;

/// From the decision to start until the checkout stands. The first time all of a repository is fetched.
pub(super) const CHECKOUT_MS: i64 = 35 * 60_000;
/// From a checkout until the agent in it answers.
pub(super) const START_MS: i64 = 90_000;
/// From a prompt's turn until it is sent without a checkpoint.
pub(super) const PREPARE_MS: i64 = 15_000;
/// A silent agent is asked what is true, this often ...
pub(super) const POLL_MS: i64 = 20_000;
/// ... and ended when it did not answer so many times.
const POLLS: u32 = 3;
/// From learning that the agent has forgotten what it asked until it counts as stuck.
pub(super) const STUCK_MS: i64 = 30_000;
/// From "stop" until the agent is ended instead.
pub(super) const STOP_MS: i64 = 5_000;
/// From an unsettled idle until the turn counts as ended.
pub(super) const SETTLE_MS: i64 = 700;
/// From the decision to end the agent until its place is given away.
pub(super) const CLOSE_MS: i64 = 60_000;
/// Starts that are tried before a person is asked.
const ATTEMPTS: u32 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No agent, nothing under way.
    Asleep,
    /// In line for a place among the running agents.
    Waiting {
        attempt: u32,
    },
    /// What waits is not sent today; no agent runs for it.
    Overspent(Overspent),
    /// The repository is fetched and checked out, where that was not done yet.
    CheckingOut {
        attempt: u32,
        deadline: i64,
    },
    Starting {
        attempt: u32,
        deadline: i64,
    },
    /// A start failed and is tried again.
    BackingOff {
        attempt: u32,
        until: i64,
    },
    Ready {
        idle_since: i64,
    },
    /// The checkout's files are recorded before a prompt is sent.
    Preparing {
        deadline: i64,
    },
    Busy(Turn),
    /// Idle was heard; the last updates may still come.
    Settling {
        prompt: PromptId,
        deadline: i64,
    },
    Stopping {
        prompt: PromptId,
        deadline: i64,
        heard_idle: bool,
    },
    /// The agent is being ended.
    Closing {
        deadline: i64,
    },
    /// Waits for a person: "Retry", or a new message.
    Failed,
}

/// The times that the installation chose, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// How long an agent may idle.
    pub(super) idle_stop: i64,
    /// How long a turn may take.
    pub(super) turn: i64,
}

/// A running turn, and how alive its agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) prompt: PromptId,
    /// When the agent last said something, or was asked.
    pub(super) heard: i64,
    /// Questions that it did not answer since.
    pub(super) unanswered: u32,
    /// It has forgotten what it asked: when it must have gone on.
    pub(super) stuck_at: Option<i64>,
    pub(super) left: TimeLeft,
}

impl State {
    /// What follows from `input` at `now`. Inputs that mean nothing in a state change nothing.
    pub(super) fn on(self, input: Input, now: i64, times: Times) -> (Self, Vec<Effect>) {
        use Effect::{CheckOut, Close, LookForNext, Mark, Release, Start, TakeSlot};
        match (self, input) {
            (Self::Asleep | Self::Failed | Self::Overspent(_), Input::Work) => {
                (Self::Waiting { attempt: 1 }, vec![TakeSlot])
            }
            (Self::Waiting { .. }, Input::Overspent(overspent)) => {
                (Self::Overspent(overspent), vec![Release])
            }
            (Self::Ready { .. }, Input::Overspent(overspent)) => (Self::Overspent(overspent), vec![Close]),
            (state @ Self::Overspent(_), Input::Closed) => (state, vec![Release]),
            (Self::Overspent(overspent), Input::Tick) if now >= overspent.until => {
                (Self::Asleep, vec![Release])
            }
            (Self::Waiting { attempt }, Input::Slot) => (checking_out(attempt, now), vec![CheckOut]),
            (Self::CheckingOut { attempt, .. }, Input::CheckedOut) => (starting(attempt, now), vec![Start]),
            (Self::CheckingOut { deadline, .. }, Input::Tick) if now >= deadline => {
                let sentence =
                    "The repository could not be fetched in 35 minutes. Your message is kept.".to_owned();
                (Self::Failed, vec![Close, Effect::Fail(sentence)])
            }
            (Self::Waiting { .. } | Self::Overspent(_) | Self::BackingOff { .. }, Input::PutToSleep) => {
                (Self::Asleep, vec![Release])
            }
            (Self::Starting { .. }, Input::Ready) => (Self::Ready { idle_since: now }, vec![LookForNext]),
            (
                Self::CheckingOut { attempt, .. } | Self::Starting { attempt, .. },
                Input::StartFailed { sentence, retry },
            ) => start_failed(attempt, sentence, retry, now),
            (Self::Starting { attempt, .. }, Input::Exited) => {
                start_failed(attempt, "The agent ended while it was starting.".into(), true, now)
            }
            (Self::Starting { deadline, .. }, Input::Tick) if now >= deadline => {
                let sentence = "The agent did not get ready in time. Your message is kept.".to_owned();
                (Self::Failed, vec![Close, Effect::Fail(sentence)])
            }
            (Self::BackingOff { attempt, until }, Input::Tick) if now >= until => {
                (checking_out(attempt, now), vec![CheckOut])
            }
            (Self::Ready { idle_since }, Input::Work) => (Self::Ready { idle_since }, vec![LookForNext]),
            (Self::Ready { .. }, Input::Next) => (Self::Preparing { deadline: now + PREPARE_MS }, vec![Mark]),
            (Self::Ready { idle_since }, Input::Tick) if now >= idle_since + times.idle_stop => {
                close(now, vec![])
            }
            (
                Self::CheckingOut { .. }
                | Self::Starting { .. }
                | Self::Ready { .. }
                | Self::Preparing { .. },
                Input::PutToSleep,
            ) => close(now, vec![]),
            (Self::Ready { .. } | Self::Preparing { .. }, Input::Exited) => (Self::Asleep, vec![Release]),
            (state @ (Self::Preparing { .. } | Self::Busy(_)), input) => state.on_turn(input, now, times),
            (state @ (Self::Settling { .. } | Self::Stopping { .. }), input) => {
                state.on_end_of_turn(input, now)
            }
            (Self::Closing { .. }, Input::Closed) => (Self::Asleep, vec![Release]),
            (Self::Closing { deadline }, Input::Tick) if now >= deadline => (Self::Asleep, vec![Release]),
            (Self::Failed, Input::Closed) => (Self::Failed, vec![Release]),
            (state, _) => (state, vec![]),
        }
    }

    /// From the mark before a prompt until the agent is idle or asked to stop.
    fn on_turn(self, input: Input, now: i64, times: Times) -> (Self, Vec<Effect>) {
        use Effect::{AskToStop, FinishTurn, LookForNext, Poll, Release, SendNext, SkipNext, TimeIsOver};
        match (self, input) {
            (state @ Self::Preparing { .. }, Input::Marked) => (state, vec![SendNext]),
            (Self::Preparing { deadline }, Input::Tick) if now >= deadline => {
                (Self::Preparing { deadline: now + PREPARE_MS }, vec![SendNext])
            }
            (Self::Preparing { .. }, Input::Stop) => {
                (Self::Ready { idle_since: now }, vec![SkipNext, LookForNext])
            }
            (Self::Preparing { .. }, Input::Sent(prompt)) => {
                (Self::Busy(Turn::new(prompt, now, times)), vec![])
            }
            (Self::Preparing { .. }, Input::Unsent) => (Self::Ready { idle_since: now }, vec![LookForNext]),
            (Self::Busy(turn), Input::Forgotten) => {
                (Self::Busy(Turn { stuck_at: Some(now + STUCK_MS), ..turn }), vec![])
            }
            (Self::Busy(turn), Input::Unanswered) if turn.unanswered + 1 >= POLLS => {
                close(now, vec![FinishTurn(End::Unresponsive)])
            }
            (Self::Busy(turn), Input::Unanswered) => {
                (Self::Busy(Turn { heard: now, unanswered: turn.unanswered + 1, ..turn }), vec![])
            }
            (Self::Busy(turn), Input::Tick) if turn.left.is_over(now) => {
                (being_stopped(turn.prompt, now), vec![TimeIsOver, AskToStop])
            }
            (Self::Busy(turn), Input::Tick) if turn.stuck_at.is_some_and(|at| now >= at) => {
                close(now, vec![FinishTurn(End::Stuck)])
            }
            (Self::Busy(turn), Input::Tick) if now >= turn.heard + POLL_MS => {
                (Self::Busy(Turn { heard: now, ..turn }), vec![Poll])
            }
            (Self::Busy(_), Input::Idle { settled: true }) => finished(End::Done, now),
            (Self::Busy(turn), Input::Idle { settled: false }) => {
                (Self::Settling { prompt: turn.prompt, deadline: now + SETTLE_MS }, vec![])
            }
            (Self::Busy(turn), Input::Stop | Input::Overspent(_)) => stopping(turn.prompt, now),
            (Self::Busy(turn), Input::Stopped) => (being_stopped(turn.prompt, now), vec![]),
            (Self::Busy(_), Input::PutToSleep) => close(now, vec![FinishTurn(End::Stopped)]),
            (Self::Busy(_), Input::Exited) => (Self::Asleep, vec![FinishTurn(End::Interrupted), Release]),
            (state, _) => (state, vec![]),
        }
    }

    /// The agent is idle, or was asked to be.
    fn on_end_of_turn(self, input: Input, now: i64) -> (Self, Vec<Effect>) {
        use Effect::{AskToStop, FinishTurn, Release};
        match (self, input) {
            (Self::Settling { .. }, Input::Idle { settled: true }) => finished(End::Done, now),
            (Self::Settling { deadline, .. }, Input::Tick) if now >= deadline => finished(End::Done, now),
            (Self::Settling { prompt, .. }, Input::Stop) => stopping(prompt, now),
            (Self::Settling { prompt, .. }, Input::Stopped) => (being_stopped(prompt, now), vec![]),
            (Self::Settling { .. }, Input::Exited) => {
                (Self::Asleep, vec![FinishTurn(End::Interrupted), Release])
            }
            (Self::Stopping { .. }, Input::Idle { settled: true }) => finished(End::Stopped, now),
            // The first time it was asked before it had begun.
            (state @ Self::Stopping { .. }, Input::Begun) => (state, vec![AskToStop]),
            (Self::Stopping { prompt, deadline, .. }, Input::Idle { settled: false }) => {
                let deadline = deadline.min(now + SETTLE_MS);
                (Self::Stopping { prompt, deadline, heard_idle: true }, vec![])
            }
            (Self::Stopping { deadline, heard_idle: true, .. }, Input::Tick) if now >= deadline => {
                finished(End::Stopped, now)
            }
            (Self::Stopping { deadline, .. }, Input::Tick) if now >= deadline => {
                close(now, vec![FinishTurn(End::Stopped)])
            }
            (Self::Stopping { .. }, Input::Exited) => (Self::Asleep, vec![FinishTurn(End::Stopped), Release]),
            (Self::Settling { .. } | Self::Stopping { .. }, Input::PutToSleep) => {
                close(now, vec![FinishTurn(End::Stopped)])
            }
            (state, _) => (state, vec![]),
        }
    }

    /// The agent said something: it is alive, and not stuck.
    pub(super) fn heard(&mut self, now: i64) {
        if let Self::Busy(turn) = self {
            turn.heard = now;
            turn.unanswered = 0;
            turn.stuck_at = None;
        }
    }

    /// Whether it is a person's turn to say something.
    pub(super) fn waits_for_person(&mut self, waits: bool, now: i64) {
        if let Self::Busy(turn) = self {
            turn.left.stand_still(waits, now);
        }
    }

    /// The agent answered when it was asked.
    pub(super) fn answered(&mut self, now: i64) {
        if let Self::Busy(turn) = self {
            turn.heard = now;
            turn.unanswered = 0;
        }
    }

    /// When the state must be looked at again, in milliseconds since 1970.
    pub(super) fn deadline(&self, times: Times) -> Option<i64> {
        match self {
            Self::CheckingOut { deadline, .. }
            | Self::Starting { deadline, .. }
            | Self::Preparing { deadline, .. }
            | Self::Settling { deadline, .. }
            | Self::Stopping { deadline, .. }
            | Self::Closing { deadline } => Some(*deadline),
            Self::BackingOff { until, .. } | Self::Overspent(Overspent { until, .. }) => Some(*until),
            Self::Ready { idle_since } => Some(idle_since + times.idle_stop),
            Self::Busy(turn) => {
                [turn.stuck_at, turn.left.ends_at(), Some(turn.heard + POLL_MS)].into_iter().flatten().min()
            }
            Self::Asleep | Self::Waiting { .. } | Self::Failed => None,
        }
    }

    /// An agent is wanted, and not at work yet.
    pub(super) fn is_starting(&self) -> bool {
        matches!(
            self,
            Self::Waiting { .. }
                | Self::Overspent(_)
                | Self::CheckingOut { .. }
                | Self::Starting { .. }
                | Self::BackingOff { .. }
        )
    }

    /// A turn runs.
    pub(super) fn in_turn(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Settling { .. } | Self::Stopping { .. })
    }

    /// A turn runs or is about to.
    pub(super) fn has_turn(&self) -> bool {
        self.in_turn() || matches!(self, Self::Preparing { .. })
    }

    /// No turn runs and none is on its way.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Self::Asleep | Self::Ready { .. } | Self::Closing { .. })
    }

    /// Nothing is under way: the supervisor may end.
    pub(super) fn at_rest(&self) -> bool {
        matches!(self, Self::Asleep | Self::Failed)
    }
}

impl Turn {
    pub(super) fn new(prompt: PromptId, now: i64, times: Times) -> Self {
        let left = TimeLeft::new(times.turn, now);
        Self { prompt, heard: now, unanswered: 0, stuck_at: None, left }
    }
}

fn checking_out(attempt: u32, now: i64) -> State {
    State::CheckingOut { attempt, deadline: now + CHECKOUT_MS }
}

fn starting(attempt: u32, now: i64) -> State {
    State::Starting { attempt, deadline: now + START_MS }
}

fn stopping(prompt: PromptId, now: i64) -> (State, Vec<Effect>) {
    (being_stopped(prompt, now), vec![Effect::AskToStop])
}

fn being_stopped(prompt: PromptId, now: i64) -> State {
    State::Stopping { prompt, deadline: now + STOP_MS, heard_idle: false }
}

fn close(now: i64, mut before: Vec<Effect>) -> (State, Vec<Effect>) {
    before.push(Effect::Close);
    (State::Closing { deadline: now + CLOSE_MS }, before)
}

fn finished(end: End, now: i64) -> (State, Vec<Effect>) {
    (State::Ready { idle_since: now }, vec![Effect::FinishTurn(end), Effect::LookForNext])
}

fn start_failed(attempt: u32, sentence: String, retry: bool, now: i64) -> (State, Vec<Effect>) {
    if retry && attempt < ATTEMPTS {
        let until = now + 1_000 * (1 << attempt);
        return (State::BackingOff { attempt: attempt + 1, until }, vec![]);
    }
    (State::Failed, vec![Effect::Release, Effect::Fail(sentence)])
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
