//! A session as somebody sees it: the row, the last messages, the queue, what waits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Held, Join, Message, Part, Prompt, Request, SessionHead};

/// Messages of a first page.
pub const PAGE_OF_MESSAGES: usize = 25;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    pub cursor: Cursor,
    pub head: SessionHead,
    /// In order; the last ones of the conversation.
    pub messages: Vec<MessageView>,
    /// There are older messages than the first one here.
    pub has_older: bool,
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

/// A page of the conversation before the ones that are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OlderMessages {
    pub messages: Vec<MessageView>,
    pub has_older: bool,
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

    /// Puts older messages in front. A page that does not end where this view begins is ignored.
    pub fn prepend(&mut self, older: OlderMessages) {
        let first = self.messages.first().map_or(i64::MAX, |view| view.message.ord);
        if older.messages.last().is_some_and(|view| view.message.ord >= first) {
            return;
        }
        self.has_older = older.has_older;
        self.messages.splice(0..0, older.messages);
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
