//! Where an agent runs: behind walls, or on the host where that was asked for.
//!
//! Whatever is started here runs below an *init* of `slipway-keeper`, so that it can be ended with all it started. An
//! agent has a *keeper* besides, which goes on without the server: [`Sandbox::start`] makes one, [`Sandbox::adopt`]
//! finds one that an earlier server left behind.

use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;

mod isolation;
mod job;
mod keeper;
mod launch;
mod limits;
mod link;
mod remains;
mod self_test;

pub use isolation::{Bubblewrap, Isolation, View, has_second_layer};
pub use job::{Job, Output};
pub use keeper::{Caller, Keeper};
pub use limits::{Limits, Most, Pressure, Room, Size, Weight, agent, room, weigh};
pub use slipway_keeper::wire::{Egress, Hosts, Reach};

/// Starts agents and single commands, all with the same isolation.
#[derive(Clone, Debug)]
pub struct Sandbox {
    keeper_program: PathBuf,
    isolation: Isolation,
    limits: Limits,
}

impl Sandbox {
    pub fn new(keeper_program: PathBuf, isolation: Isolation) -> Self {
        Self { keeper_program, isolation, limits: Limits::default() }
    }

    /// Whatever belongs to a session stays within these.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    pub fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    fn missing_program(&self) -> SandboxError {
        SandboxError::NoKeeperProgram { path: self.keeper_program.clone() }
    }
}

#[derive(Debug, Error)]
pub enum SandboxError {
    #[error(
        "The program slipway-keeper is not at {}. Put it beside the server's own program, or build it with \
         `cargo build --package slipway-keeper`.",
        path.display()
    )]
    NoKeeperProgram { path: PathBuf },
    /// The keeper did not come up; the sentence says what its log says.
    #[error("The agent's keeper did not start: {sentence}")]
    NotStarted { sentence: String },
    /// Another server, of a higher generation, owns the session.
    #[error("{sentence}")]
    Refused { sentence: String },
    /// The self-test found a way out, or could not begin.
    #[error("The walls of the sandbox do not hold: {why}.")]
    DoesNotHold { why: String },
    #[error("What a session keeps on disk cannot be measured: {why}.")]
    NotMeasured { why: String },
    #[error("The connection to the agent's keeper is lost.")]
    Gone,
    #[error("{what} took longer than {limit:?}.")]
    TimedOut { what: String, limit: Duration },
    #[error("Cannot {what}: {source}.")]
    Io { what: String, source: io::Error },
}

/// Names what was tried when the system says no.
trait During<T> {
    fn during(self, what: impl FnOnce() -> String) -> Result<T, SandboxError>;
}

impl<T> During<T> for io::Result<T> {
    fn during(self, what: impl FnOnce() -> String) -> Result<T, SandboxError> {
        self.map_err(|source| SandboxError::Io { what: what(), source })
    }
}
