//! What a socket needs to know of the frames it carries.

use slipway_protocol::{Frame, ListFrame, Shorthand};

pub(crate) trait LiveFrame: Send {
    /// The frame as it travels, behind those that `shorthand` has seen.
    fn told(self, shorthand: &mut Shorthand) -> serde_json::Result<String>;

    fn heartbeat(revision: u64) -> Self;

    /// Takes `next` into this frame where one does for both; else gives it back.
    fn absorb(&mut self, next: Self) -> Option<Self>
    where
        Self: Sized;

    /// The revision a follower stands at once it has this frame.
    fn revision(&self) -> Option<u64>;

    /// Nothing comes after it.
    fn is_last(&self) -> bool;
}

impl LiveFrame for Frame {
    fn told(self, shorthand: &mut Shorthand) -> serde_json::Result<String> {
        serde_json::to_string(&shorthand.shorten(self))
    }

    fn heartbeat(revision: u64) -> Self {
        Self::Heartbeat { revision }
    }

    fn absorb(&mut self, next: Self) -> Option<Self> {
        match (self, next) {
            (Self::Delta(held), Self::Delta(next)) => held.absorb(next).map(Self::Delta),
            (_, next) => Some(next),
        }
    }

    fn revision(&self) -> Option<u64> {
        match self {
            Self::Snapshot { view } => Some(view.cursor.revision),
            Self::CatchUp { to, .. } => Some(to.revision),
            Self::Change(change) => Some(change.rev),
            Self::Delta(_) | Self::Heartbeat { .. } | Self::Gone => None,
        }
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Gone)
    }
}

impl LiveFrame for ListFrame {
    fn told(self, _: &mut Shorthand) -> serde_json::Result<String> {
        serde_json::to_string(&self)
    }

    fn heartbeat(_: u64) -> Self {
        Self::Heartbeat
    }

    fn absorb(&mut self, next: Self) -> Option<Self> {
        Some(next)
    }

    fn revision(&self) -> Option<u64> {
        None
    }

    fn is_last(&self) -> bool {
        false
    }
}
