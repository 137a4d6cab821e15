//! What stands between an agent and the machine.

use std::path::{Path, PathBuf};

use slipway_keeper::wire::{Egress, Walls};

pub(crate) mod bubblewrap;
mod system;

pub use bubblewrap::Bubblewrap;

/// Each kind of wall is one variant and one arm of `walls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// None: the agent can do what the server's user can.
    Host,
    Bubblewrap(Bubblewrap),
}

/// What a program sees of the machine besides the system, each under the path that it has outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub writable: Vec<PathBuf>,
    pub readable: Vec<PathBuf>,
    /// Plain files and folders within these that are empty for it. Without walls nothing can be hidden.
    pub hidden: Vec<PathBuf>,
}

impl View {
    /// One folder to work in.
    pub fn of(writable: &Path) -> Self {
        Self { writable: vec![writable.to_owned()], ..Self::default() }
    }

    #[must_use]
    pub fn reading(mut self, readable: impl IntoIterator<Item = PathBuf>) -> Self {
        self.readable.extend(readable);
        self
    }

    #[must_use]
    pub fn writing(mut self, writable: impl IntoIterator<Item = PathBuf>) -> Self {
        self.writable.extend(writable);
        self
    }

    #[must_use]
    pub fn hiding(mut self, hidden: impl IntoIterator<Item = PathBuf>) -> Self {
        self.hidden.extend(hidden);
        self
    }
}

/// Whether the kernel adds a second layer to walls.
pub fn has_second_layer() -> bool {
    #[cfg(target_os = "linux")]
    return slipway_keeper::landlock::is_there();
    #[cfg(not(target_os = "linux"))]
    false
}

impl Isolation {
    /// Where agents may go from behind the walls; without walls nothing can be refused.
    pub(crate) fn egress(&self) -> Egress {
        match self {
            Self::Host => Egress::default(),
            Self::Bubblewrap(bubblewrap) => bubblewrap.egress.clone(),
        }
    }

    /// The walls around a program that works in `cwd` and sees no more than `view`. An init stands above it in any case.
    pub(crate) fn walls(&self, keeper_program: &Path, view: &View, cwd: &Path) -> Option<Walls> {
        match self {
            Self::Host => None,
            Self::Bubblewrap(bubblewrap) => Some(bubblewrap.walls(keeper_program, view, cwd)),
        }
    }
}
