//! How frames travel over one socket: text that goes on in the part of the delta before is `[offset, "text"]`, a fifth of its
//! frame's length; all else is the frame. Both ends count along, and begin anew with each socket.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{Delta, Frame, MessageId, PartId};

/// What one end remembers of a socket: whose text came last.
#[derive(Debug, Default)]
pub struct Shorthand {
    last: Option<(MessageId, PartId)>,
}

/// A frame as it travels.
#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::large_enum_variant, reason = "made, told and dropped one at a time")
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortened {
    /// Offset and text of a delta of the same part as the delta before.
    Text(u64, String),
    Frame(Frame),
}

impl Shorthand {
    pub fn shorten(&mut self, frame: Frame) -> Shortened {
        let Frame::Delta(delta) = frame else { return Shortened::Frame(frame) };
        let known = self.last.as_ref().is_some_and(|(_, part)| *part == delta.part);
        if known {
            return Shortened::Text(delta.offset, delta.text);
        }
        self.last = Some((delta.message.clone(), delta.part.clone()));
        Shortened::Frame(Frame::Delta(delta))
    }

    /// None: it goes on with a part that was never named.
    pub fn lengthen(&mut self, shortened: Shortened) -> Option<Frame> {
        match shortened {
            Shortened::Text(offset, text) => {
                let (message, part) = self.last.clone()?;
                Some(Frame::Delta(Delta { message, part, offset, text }))
            }
            Shortened::Frame(frame) => {
                if let Frame::Delta(delta) = &frame {
                    self.last = Some((delta.message.clone(), delta.part.clone()));
                }
                Some(frame)
            }
        }
    }
}

impl Serialize for Shortened {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(offset, text) => (offset, text).serialize(serializer),
            Self::Frame(frame) => frame.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Shortened {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

/// A list is text, an object is a frame.
struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Shortened;

    fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str("a frame, or an offset and text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Shortened, A::Error> {
        let offset = list.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let text = list.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        Ok(Shortened::Text(offset, text))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Shortened, A::Error> {
        Frame::deserialize(MapAccessDeserializer::new(object)).map(Shortened::Frame)
    }
}
