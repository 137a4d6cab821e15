//! Places where a test makes the server crash, at the worst of moments.
//!
//! `SLIPWAY_FAULT=stored:3` ends the process, without a word and without tidying up, when it passes the point of that name for the
//! third time. It is for the crash tests; without the variable a passing costs one look at an empty cell.

use std::{
    env,
    process::abort,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Read once, at the first passing of any point.
pub const VARIABLE: &str = "SLIPWAY_FAULT";

/// Where it can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A session was made; whoever asked does not know yet.
    Created,
    /// A command is stored; nobody has looked at it, and whoever asked does not know yet.
    Accepted,
    /// A batch is about to be stored.
    BeforeStore,
    /// A batch is stored; no follower has heard of it.
    Stored,
    /// An agent runs; no row says so.
    Launched,
    /// An agent that went on alone was found again.
    Adopted,
    /// A prompt is stored as sent; the agent has not got it.
    BeforeSend,
    /// The agent has a prompt; nothing after that is stored.
    Sent,
    /// The agent has an answer of a person; no row says so.
    Answered,
    /// The agent was asked to stop.
    StopAsked,
    /// The files of a deleted session are gone, its rows are not.
    FilesRemoved,
}

impl Point {
    pub const ALL: [Self; 11] = [
        Self::Created,
        Self::Accepted,
        Self::BeforeStore,
        Self::Stored,
        Self::Launched,
        Self::Adopted,
        Self::BeforeSend,
        Self::Sent,
        Self::Answered,
        Self::StopAsked,
        Self::FilesRemoved,
    ];

    /// As the variable says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Accepted => "accepted",
            Self::BeforeStore => "before-store",
            Self::Stored => "stored",
            Self::Launched => "launched",
            Self::Adopted => "adopted",
            Self::BeforeSend => "before-send",
            Self::Sent => "sent",
            Self::Answered => "answered",
            Self::StopAsked => "stop-asked",
            Self::FilesRemoved => "files-removed",
        }
    }
}

struct Fault {
    at: Point,
    left: AtomicU32,
}

/// Goes on, but for the fault that was asked for.
pub(crate) fn pass(point: Point) {
    static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
    let fault = FAULT.get_or_init(|| read(&env::var(VARIABLE).ok()?));
    if let Some(fault) = fault
        && fault.at == point
        && fault.left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        abort();
    }
}

fn read(order: &str) -> Option<Fault> {
    let fault = order.split_once(':').and_then(|(name, nth)| {
        let at = Point::ALL.into_iter().find(|point| point.name() == name)?;
        Some(Fault { at, left: AtomicU32::new(nth.parse().ok()?) })
    });
    if fault.is_none() {
        tracing::error!(order, "{VARIABLE} names no point and number, such as stored:3");
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::{Point, read};

    #[test]
    fn an_order_is_a_point_and_a_number() {
        for point in Point::ALL {
            assert_eq!(read(&format!("{}:3", point.name())).map(|fault| fault.at), Some(point));
        }
        for wrong in ["", "stored", "stored:", "stored:x", "stord:1"] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
