//! What a supervisor is told, and what its own background work reports.

use slipway_agent::Conversation;
use slipway_protocol::{ChangedFile, CommandId};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::{Error, session::hub::Joined};

pub(super) enum Message {
    /// There are commands to apply.
    Hint,
    /// Somebody wants to follow.
    Join(oneshot::Sender<Joined>),
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
    Slot(OwnedSemaphorePermit),
    Started(Result<Started, Error>),
    Changes(Vec<ChangedFile>),
    Delivered {
        command: CommandId,
        result: Result<String, Error>,
    },
    /// The agent is gone.
    Closed,
}

pub(super) struct Started {
    pub(super) conversation: Box<dyn Conversation>,
    pub(super) base_commit: String,
}
