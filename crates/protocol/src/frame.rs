//! The live protocol: what travels over a session's WebSocket.

use serde::{Deserialize, Serialize};

use crate::{
    Cursor, ListCounts, Message, MessageId, Part, PartId, PartSeal, Prompt, Request, SessionHead, SessionId,
    SessionSummary, SessionView,
};

/// The follower's first and only frame: what it already holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    pub cursor: Option<Cursor>,
    /// The open parts it holds, with the bytes it has of each.
    pub open: Vec<Held>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub part: PartId,
    pub bytes: u64,
}

/// What the server sends.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "frames are made, sent and dropped one at a time")
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "kebab-case")]
pub enum Frame {
    /// Replaces everything: the last messages, whole.
    Snapshot {
        view: Box<SessionView>,
    },
    /// Brings a follower from its cursor to `to`: the rows that changed, then the open parts' text from the held offset.
    CatchUp {
        to: Cursor,
        changes: Vec<Change>,
        tails: Vec<Delta>,
    },
    Change(Change),
    Delta(Delta),
    /// Every 10 s, with the revision this follower was sent.
    Heartbeat {
        revision: u64,
    },
    /// The session is gone; do not come back.
    Gone,
}

/// A durable change. In the live lane revisions have no gap; in a catch-up only the newest state of each row is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub rev: u64,
    pub body: ChangeBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum ChangeBody {
    Head(Box<SessionHead>),
    Message(Message),
    Part(Part),
    /// Closes a part whose text has streamed: `part` without its text, and the seal to compare it with.
    PartClosed {
        part: Part,
        seal: PartSeal,
    },
    /// A part that never was: the model's answer was cut and began again.
    PartDropped {
        message: MessageId,
        part: PartId,
    },
    Prompt(Prompt),
    Request(Request),
}

/// Streamed text: `text` stands at byte `offset` of the part's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    pub message: MessageId,
    pub part: PartId,
    pub offset: u64,
    pub text: String,
}

impl Delta {
    /// Takes in what goes on where this ends; gives anything else back.
    pub fn absorb(&mut self, next: Self) -> Option<Self> {
        if self.part != next.part || self.offset + self.text.len() as u64 != next.offset {
            return Some(next);
        }
        self.text.push_str(&next.text);
        None
    }
}

/// What travels over the list's WebSocket: rows as they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "kebab-case")]
pub enum ListFrame {
    /// The first lines of the list, of both tabs; sent first.
    All {
        sessions: Vec<SessionSummary>,
        /// Every session that was active since then is among them, in milliseconds since 1970. None: every session is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<i64>,
        counts: ListCounts,
    },
    /// `counts` wherever they may have changed.
    Session {
        session: Box<SessionSummary>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts: Option<ListCounts>,
    },
    Gone {
        session: SessionId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counts: Option<ListCounts>,
    },
    Heartbeat,
}
