//! A session as somebody sees it: the row, the last messages, the queue, what waits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Applied, Held, Join, Message, MessageId, Part, Phase, Prompt, Request, Role, SessionHead};

/// Messages of a first page.
pub const PAGE_OF_MESSAGES: usize = 25;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub cursor: Cursor,
    pub head: SessionHead,
    /// In order and without a gap; the last ones of the conversation, unless there are newer ones.
    pub messages: Vec<MessageView>,
    /// There are older messages than the first one here.
    pub has_older: bool,
    /// There are newer messages than the last one here: somebody reads further up.
    pub has_newer: bool,
    /// Those that wait in the queue, in order.
    pub queue: Vec<Prompt>,
    /// Those that are open, oldest first.
    pub requests: Vec<Request>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    pub message: Message,
    /// In order.
    pub parts: Vec<Part>,
}

/// A page of the conversation, before or after the messages that are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    pub messages: Vec<MessageView>,
    /// There are more in that direction.
    pub has_more: bool,
    /// The session's revision when it was read.
    pub revision: u64,
}

impl SessionView {
    /// The first frame of a follower that holds this view.
    pub fn join(&self) -> Join {
        let open = self
            .messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter(|part| part.open)
            .map(|part| Held { part: part.id.clone(), bytes: part.text.len() as u64 })
            .collect();
        Join { cursor: Some(self.cursor), open }
    }

    /// The message whose turn runs, where that is seen here.
    pub fn running_turn(&self) -> Option<MessageId> {
        let begins = matches!(self.head.phase, Phase::Starting | Phase::WaitingForAgent);
        if begins || self.has_newer || !self.head.phase.is_busy() {
            return None;
        }
        let asked = self.messages.iter().rfind(|view| view.message.role == Role::User);
        asked.map(|view| view.message.id.clone())
    }

    /// Puts older messages in front. A page that does not end where this view begins is ignored.
    pub fn prepend(&mut self, older: MessagePage) -> Applied {
        let first = self.messages.first().map_or(i64::MAX, |view| view.message.ord);
        if older.messages.last().is_some_and(|view| view.message.ord >= first) {
            return Applied::Whole;
        }
        self.has_older = older.has_more;
        self.messages.splice(0..0, older.messages);
        self.fall_back_to(older.revision)
    }

    /// Puts newer messages behind. A page that does not begin where this view ends is ignored.
    pub fn append(&mut self, newer: MessagePage) -> Applied {
        let last = self.messages.last().map_or(i64::MIN, |view| view.message.ord);
        if !self.has_newer || newer.messages.first().is_some_and(|view| view.message.ord <= last) {
            return Applied::Whole;
        }
        self.has_newer = newer.has_more;
        self.messages.extend(newer.messages);
        self.fall_back_to(newer.revision)
    }

    /// What changed in a page since it was read was ignored here, because it was not loaded: it must be heard again.
    fn fall_back_to(&mut self, revision: u64) -> Applied {
        if revision >= self.cursor.revision {
            return Applied::Whole;
        }
        self.cursor.revision = revision;
        Applied::Rejoin
    }
}

/// Where a follower stands: which run of the supervisor, and the last revision seen. Opaque text to the follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub generation: u64,
    pub revision: u64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.generation, self.revision)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (generation, revision) = text.split_once('.').ok_or(InvalidCursor)?;
        let number = |digits: &str| digits.parse().map_err(|_| InvalidCursor);
        Ok(Self { generation: number(generation)?, revision: number(revision)? })
    }
}

#[derive(Debug)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is two numbers with a point between")
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
