//! What the state machine hears, and what follows from it.

use slipway_protocol::PromptId;

use crate::spending::Overspent;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Input {
    /// A prompt waits in the queue, or a person is about to write one.
    Work,
    /// There is a prompt to send.
    Next,
    /// A place among the running agents was given.
    Slot,
    CheckedOut,
    Ready,
    StartFailed {
        sentence: String,
        retry: bool,
    },
    /// The checkout's files are recorded, or could not be.
    Marked,
    Sent(PromptId),
    /// There was nothing to send, or it was refused for good.
    Unsent,
    /// The agent has begun to work on the prompt.
    Begun,
    /// There may be work, but the person's agents have used what they may in a day.
    Overspent(Overspent),
    /// The agent did not answer when it was asked.
    Unanswered,
    /// The agent has forgotten what it asked.
    Forgotten,
    Idle {
        settled: bool,
    },
    Stop,
    /// The agent says that the turn was stopped: a server that is gone may have asked for it.
    Stopped,
    /// Somebody hungrier waits for the place, or the session is put away.
    PutToSleep,
    /// The agent's process ended by itself.
    Exited,
    Closed,
    /// Time has come to look at deadlines.
    Tick,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Effect {
    TakeSlot,
    /// Makes the checkout, unless it is there.
    CheckOut,
    /// The agent in its checkout.
    Start,
    /// Looks whether a prompt waits in the queue.
    LookForNext,
    /// Records the checkout's files before the next prompt.
    Mark,
    /// The next prompt of the queue.
    SendNext,
    /// The next prompt is taken from the queue and not sent: a person stopped it before that.
    SkipNext,
    /// Asks the agent what is true.
    Poll,
    /// The turn has taken as long as it may; it is stopped.
    TimeIsOver,
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
pub(in crate::session) enum End {
    Done,
    Stopped,
    /// Stopped before the prompt was sent.
    Skipped,
    /// The agent is gone; what it wrote is kept.
    Interrupted,
    /// It lives and does not answer; it is ended.
    Unresponsive,
    /// It forgot what it asked and did not go on; it is ended.
    Stuck,
}
