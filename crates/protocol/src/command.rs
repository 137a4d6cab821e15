//! What a person can ask of a session. Stored first, applied by the session's supervisor, once.

use serde::{Deserialize, Serialize};

use crate::{Answer, Attachment, CommandId, MessageId, Mode, ModelRef, Place, PromptId, RequestId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Sends the text, or queues it behind the running turn.
    Prompt {
        prompt: PromptId,
        text: String,
        mode: Option<Mode>,
        model: Option<ModelRef>,
        /// Files that were brought before; what is said of them here is looked up anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<Attachment>,
    },
    EditPrompt {
        prompt: PromptId,
        text: String,
    },
    RemovePrompt {
        prompt: PromptId,
    },
    /// Puts it before another one of the queue, or at its end.
    MovePrompt {
        prompt: PromptId,
        before: Option<PromptId>,
    },
    /// Puts it first and stops the running turn.
    SendNow {
        prompt: PromptId,
    },
    /// Ends the running turn.
    Stop {
        /// The message whose turn a person saw running: if that has ended by now, the next one goes on. None: whatever runs.
        #[serde(default)]
        turn: Option<MessageId>,
    },
    Answer {
        request: RequestId,
        answer: Answer,
    },
    /// Lets the agent reach a machine that the installation does not name, or no longer.
    SetReach {
        place: Place,
        allowed: bool,
    },
    SetMode {
        mode: Mode,
    },
    SetModel {
        model: ModelRef,
    },
    Rename {
        title: String,
    },
    /// Starts again after a failure.
    Retry,
    /// Starts the agent ahead of a message that is being written.
    Wake,
    /// Takes back what the turn of this answer did to the files. The conversation stays.
    Undo {
        answer: MessageId,
    },
    /// Takes an undo back.
    Redo {
        answer: MessageId,
    },
    /// Brings one changed file back to how it was when the session began.
    Discard {
        path: String,
    },

    Archive,
    Restore,
    Delete,
    /// Puts the branch into the repository the session came from.
    Deliver,
    /// Brings the checkout to where its base branch stands now.
    UpdateBase {
        way: UpdateWay,
    },
    /// Commits what is outstanding with this message, and pushes the session's branch.
    Push {
        message: String,
        /// The commit on the other side that is given up for it.
        #[serde(default)]
        replacing: Option<String>,
    },
    /// The same, and opens a pull request, or finds the one there is.
    OpenPullRequest {
        title: String,
        body: String,
        message: String,
        draft: bool,
    },
    /// Takes away the sentence that says why the last push did not happen: a person has read it, or mended what it says.
    ForgetProblem,
}

/// How the session's own commits follow its base branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateWay {
    /// A merge commit joins both.
    Merge,
    /// They are made again on top of it.
    Rebase,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedCommand {
    pub id: CommandId,
    pub command: Command,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum CommandOutcome {
    Applied,
    /// Nothing was changed; the sentence says why.
    Refused {
        sentence: String,
    },
}
