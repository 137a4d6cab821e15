//! What a supervisor is told, and what its own background work reports.

use slipway_agent::Conversation;
use slipway_git::{Extras, Restored, Updated};
use slipway_protocol::{Author, ChangedFile, CommandId, Configuration, MessageId};
use slipway_store::Checkpoint;
use tokio::sync::oneshot;

use crate::{
    Error,
    session::{discard::Discard, excess::Excess, hub::Joined, publishing::Published, slots::Slot},
};

pub(super) enum Message {
    /// There are commands to apply.
    Hint,
    /// Somebody wants to follow.
    Join(oneshot::Sender<Joined>),
    /// The session takes more of the machine than it may.
    Exceeded(Excess),
    /// The server ends. Dropping the sender says that the supervisor is done.
    ShutDown { on_exit: OnExit, done: oneshot::Sender<()> },
}

/// What becomes of running turns when the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnExit {
    /// They go on with their keepers and are taken up at the next start.
    Keep,
    /// They are stopped; their text is kept.
    Stop,
}

/// The end of something that ran beside the loop.
pub(super) enum Done {
    /// A place among the running agents.
    Slot(Slot),
    CheckedOut(Result<CheckedOut, Error>),
    Started(Started),
    /// The files before a prompt, as a commit; none where they could not be recorded.
    Marked(Option<String>),
    /// The files after a turn; none where they could not be recorded.
    Recorded(Option<EndedTurn>),
    /// What differs from the base; none where it could not be told.
    Looked(Option<Vec<ChangedFile>>),
    Restored {
        command: CommandId,
        restore: Restore,
        result: Result<Restored, Error>,
    },
    Discarded {
        command: CommandId,
        path: String,
        result: Result<Discard, Error>,
    },
    Delivered {
        command: CommandId,
        result: Result<String, Error>,
    },
    Updated {
        command: CommandId,
        author: Author,
        result: Result<Updated, Error>,
    },
    Published {
        command: CommandId,
        result: Published,
    },
    /// Bytes of the pack.
    Packed(Result<u64, Error>),
    Unpacked {
        command: CommandId,
        result: Result<(), Error>,
    },
    /// The agent is gone.
    Closed,
}

pub(super) struct CheckedOut {
    /// Where it starts from.
    pub(super) base_commit: String,
    /// What a checkout that was just made does not bring along.
    pub(super) extras: Extras,
}

pub(super) struct Started {
    /// What the repository brings for the agent, as far as it was looked for.
    pub(super) configuration: Option<Configuration>,
    pub(super) conversation: Result<Box<dyn Conversation>, Error>,
}

/// A turn that ended, and the files that it changed.
pub(super) struct EndedTurn {
    pub(super) checkpoint: Checkpoint,
    pub(super) files: Vec<ChangedFile>,
}

/// An undo, or the undo of one.
#[derive(Clone, Debug)]
pub(super) struct Restore {
    pub(super) answer: MessageId,
    /// True: the turn's changes are taken back; false: they are made again.
    pub(super) undo: bool,
}
