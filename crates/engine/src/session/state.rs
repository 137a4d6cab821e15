//! The life of an awake session as data and one pure function. No clock, no I/O: time comes in as milliseconds.
//!
//! Invariant: every state that waits has a deadline, or something a person sees and can act on.

use slipway_protocol::PromptId;

/// From the decision to start until the agent answers.
pub(super) const START_MS: i64 = 90_000;
/// From "stop" until the agent is ended instead.
pub(super) const STOP_MS: i64 = 5_000;
/// From an unsettled idle until the turn counts as ended.
pub(super) const SETTLE_MS: i64 = 700;
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
    Busy {
        prompt: PromptId,
    },
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
    Closing,
    /// Waits for a person: "Retry", or a new message.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A prompt waits in the queue.
    Work,
    /// A place among the running agents was given.
    Slot,
    Ready,
    StartFailed {
        sentence: String,
        retry: bool,
    },
    Sent(PromptId),
    Idle {
        settled: bool,
    },
    Stop,
    /// Somebody hungrier waits for the place, or the session is put away.
    PutToSleep,
    /// The agent's process ended by itself.
    Exited,
    Closed,
    /// Time has come to look at deadlines.
    Tick,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    TakeSlot,
    /// Checkout and agent.
    Start,
    /// The next prompt of the queue, if there is one.
    SendNext,
    AskToStop,
    FinishTurn(End),
    /// Ends the agent and gives the place back.
    Close,
    /// The agent is gone already: gives the place back.
    Release,
    Fail(String),
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    Stopped,
    /// The agent is gone; what it wrote is kept.
    Interrupted,
}

impl State {
    /// What follows from `input` at `now`. Inputs that mean nothing in a state change nothing.
    pub(super) fn on(self, input: Input, now: i64, idle_stop_ms: i64) -> (Self, Vec<Effect>) {
        use Effect::{AskToStop, Close, FinishTurn, Release, SendNext, Start, TakeSlot};
        match (self, input) {
            (Self::Asleep | Self::Failed, Input::Work) => (Self::Waiting { attempt: 1 }, vec![TakeSlot]),
            (Self::Waiting { attempt }, Input::Slot) => (starting(attempt, now), vec![Start]),
            (Self::Waiting { .. } | Self::BackingOff { .. }, Input::PutToSleep) => {
                (Self::Asleep, vec![Release])
            }
            (Self::Starting { .. }, Input::Ready) => (Self::Ready { idle_since: now }, vec![SendNext]),
            (Self::Starting { attempt, .. }, Input::StartFailed { sentence, retry }) => {
                start_failed(attempt, sentence, retry, now)
            }
            (Self::Starting { attempt, .. }, Input::Exited) => {
                start_failed(attempt, "The agent ended while it was starting.".into(), true, now)
            }
            (Self::Starting { deadline, .. }, Input::Tick) if now >= deadline => {
                let sentence = "The agent did not get ready in time. Your message is kept.".to_owned();
                (Self::Failed, vec![Close, Effect::Fail(sentence)])
            }
            (Self::BackingOff { attempt, until }, Input::Tick) if now >= until => {
                (starting(attempt, now), vec![Start])
            }
            (Self::Ready { idle_since }, Input::Work) => (Self::Ready { idle_since }, vec![SendNext]),
            (Self::Ready { .. }, Input::Sent(prompt)) => (Self::Busy { prompt }, vec![]),
            (Self::Ready { idle_since }, Input::Tick) if now >= idle_since + idle_stop_ms => {
                (Self::Closing, vec![Close])
            }
            (Self::Ready { .. } | Self::Starting { .. }, Input::PutToSleep) => (Self::Closing, vec![Close]),
            (Self::Ready { .. }, Input::Exited) => (Self::Asleep, vec![Release]),
            (Self::Busy { .. } | Self::Settling { .. }, Input::Idle { settled: true }) => {
                finished(End::Done, now)
            }
            (Self::Busy { prompt }, Input::Idle { settled: false }) => {
                (Self::Settling { prompt, deadline: now + SETTLE_MS }, vec![])
            }
            (Self::Settling { deadline, .. }, Input::Tick) if now >= deadline => finished(End::Done, now),
            (Self::Busy { prompt } | Self::Settling { prompt, .. }, Input::Stop) => {
                (Self::Stopping { prompt, deadline: now + STOP_MS, heard_idle: false }, vec![AskToStop])
            }
            (Self::Stopping { .. }, Input::Idle { settled: true }) => finished(End::Stopped, now),
            (Self::Stopping { prompt, deadline, .. }, Input::Idle { settled: false }) => {
                let deadline = deadline.min(now + SETTLE_MS);
                (Self::Stopping { prompt, deadline, heard_idle: true }, vec![])
            }
            (Self::Stopping { deadline, heard_idle: true, .. }, Input::Tick) if now >= deadline => {
                finished(End::Stopped, now)
            }
            (Self::Stopping { deadline, .. }, Input::Tick) if now >= deadline => {
                (Self::Closing, vec![FinishTurn(End::Stopped), Close])
            }
            (Self::Busy { .. } | Self::Settling { .. } | Self::Stopping { .. }, Input::PutToSleep) => {
                (Self::Closing, vec![FinishTurn(End::Stopped), Close])
            }
            (Self::Busy { .. } | Self::Settling { .. }, Input::Exited) => {
                (Self::Asleep, vec![FinishTurn(End::Interrupted), Release])
            }
            (Self::Stopping { .. }, Input::Exited) => (Self::Asleep, vec![FinishTurn(End::Stopped), Release]),
            (Self::Closing, Input::Closed) => (Self::Asleep, vec![Release]),
            (Self::Failed, Input::Closed) => (Self::Failed, vec![Release]),
            (state, _) => (state, vec![]),
        }
    }

    /// When the state must be looked at again, in milliseconds since 1970.
    pub(super) fn deadline(&self, idle_stop_ms: i64) -> Option<i64> {
        match self {
            Self::Starting { deadline, .. }
            | Self::Settling { deadline, .. }
            | Self::Stopping { deadline, .. } => Some(*deadline),
            Self::BackingOff { until, .. } => Some(*until),
            Self::Ready { idle_since } => Some(idle_since + idle_stop_ms),
            Self::Asleep | Self::Waiting { .. } | Self::Busy { .. } | Self::Closing | Self::Failed => None,
        }
    }

    /// A turn runs.
    pub(super) fn in_turn(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Settling { .. } | Self::Stopping { .. })
    }

    /// Nothing is under way: the supervisor may end.
    pub(super) fn at_rest(&self) -> bool {
        matches!(self, Self::Asleep | Self::Failed)
    }
}

fn starting(attempt: u32, now: i64) -> State {
    State::Starting { attempt, deadline: now + START_MS }
}

fn finished(end: End, now: i64) -> (State, Vec<Effect>) {
    (State::Ready { idle_since: now }, vec![Effect::FinishTurn(end), Effect::SendNext])
}

fn start_failed(attempt: u32, sentence: String, retry: bool, now: i64) -> (State, Vec<Effect>) {
    if retry && attempt < ATTEMPTS {
        let until = now + 1_000 * (1 << attempt);
        return (State::BackingOff { attempt: attempt + 1, until }, vec![]);
    }
    (State::Failed, vec![Effect::Release, Effect::Fail(sentence)])
}

#[cfg(test)]
mod tests {
    use super::{Effect, End, Input, SETTLE_MS, START_MS, STOP_MS, State};
    use slipway_protocol::PromptId;

    const IDLE_STOP: i64 = 600_000;

    fn prompt() -> PromptId {
        PromptId::new("p1")
    }

    /// One line of the table: state, input, what follows at time 1,000.
    fn follows(state: State, input: Input, next: State, effects: &[Effect]) {
        let label = format!("{state:?} on {input:?}");
        assert_eq!(state.on(input, 1_000, IDLE_STOP), (next, effects.to_vec()), "{label}");
    }

    #[test]
    fn a_session_wakes_for_work_and_starts_when_it_has_a_place() {
        follows(State::Asleep, Input::Work, State::Waiting { attempt: 1 }, &[Effect::TakeSlot]);
        let starting = State::Starting { attempt: 1, deadline: 1_000 + START_MS };
        follows(State::Waiting { attempt: 1 }, Input::Slot, starting.clone(), &[Effect::Start]);
        follows(starting, Input::Ready, State::Ready { idle_since: 1_000 }, &[Effect::SendNext]);
    }

    #[test]
    fn a_failed_start_is_tried_three_times_and_then_shown() {
        let failed = |retry| Input::StartFailed { sentence: "no".into(), retry };
        let starting = |attempt| State::Starting { attempt, deadline: 90_000 };
        follows(starting(1), failed(true), State::BackingOff { attempt: 2, until: 3_000 }, &[]);
        follows(starting(2), failed(true), State::BackingOff { attempt: 3, until: 5_000 }, &[]);
        follows(starting(3), failed(true), State::Failed, &[Effect::Release, Effect::Fail("no".into())]);
        follows(starting(1), failed(false), State::Failed, &[Effect::Release, Effect::Fail("no".into())]);
        follows(State::Failed, Input::Work, State::Waiting { attempt: 1 }, &[Effect::TakeSlot]);
    }

    #[test]
    fn a_turn_ends_when_the_agent_settled_or_soon_after() {
        let busy = State::Busy { prompt: prompt() };
        let done = [Effect::FinishTurn(End::Done), Effect::SendNext];
        let ready = State::Ready { idle_since: 1_000 };
        follows(busy.clone(), Input::Idle { settled: true }, ready.clone(), &done);
        let settling = |deadline| State::Settling { prompt: prompt(), deadline };
        follows(busy, Input::Idle { settled: false }, settling(1_000 + SETTLE_MS), &[]);
        follows(settling(2_000), Input::Tick, settling(2_000), &[]);
        follows(settling(900), Input::Tick, ready, &done);
    }

    #[test]
    fn stop_ends_the_turn_and_keeps_the_queue_or_ends_the_agent() {
        let busy = State::Busy { prompt: prompt() };
        let stopping = |deadline, heard_idle| State::Stopping { prompt: prompt(), deadline, heard_idle };
        follows(busy, Input::Stop, stopping(1_000 + STOP_MS, false), &[Effect::AskToStop]);
        let stopped = [Effect::FinishTurn(End::Stopped), Effect::SendNext];
        follows(
            stopping(9_000, false),
            Input::Idle { settled: true },
            State::Ready { idle_since: 1_000 },
            &stopped,
        );
        follows(
            stopping(9_000, false),
            Input::Idle { settled: false },
            stopping(1_000 + SETTLE_MS, true),
            &[],
        );
        follows(stopping(900, true), Input::Tick, State::Ready { idle_since: 1_000 }, &stopped);
        let killed = [Effect::FinishTurn(End::Stopped), Effect::Close];
        follows(stopping(900, false), Input::Tick, State::Closing, &killed);
    }

    #[test]
    fn an_agent_that_dies_leaves_an_interrupted_turn_and_a_free_place() {
        let busy = State::Busy { prompt: prompt() };
        let interrupted = [Effect::FinishTurn(End::Interrupted), Effect::Release];
        follows(busy, Input::Exited, State::Asleep, &interrupted);
        follows(State::Ready { idle_since: 0 }, Input::Exited, State::Asleep, &[Effect::Release]);
    }

    #[test]
    fn an_idle_agent_is_ended_in_time_or_when_somebody_hungrier_waits() {
        follows(State::Ready { idle_since: -IDLE_STOP }, Input::Tick, State::Closing, &[Effect::Close]);
        follows(State::Ready { idle_since: 0 }, Input::PutToSleep, State::Closing, &[Effect::Close]);
        follows(State::Closing, Input::Closed, State::Asleep, &[Effect::Release]);
    }

    #[test]
    fn what_means_nothing_changes_nothing() {
        follows(State::Asleep, Input::Stop, State::Asleep, &[]);
        follows(
            State::Ready { idle_since: 5 },
            Input::Idle { settled: true },
            State::Ready { idle_since: 5 },
            &[],
        );
        follows(State::Closing, Input::Work, State::Closing, &[]);
    }
}
