//! What a program behind walls may take of the machine, as far as a process can be limited by itself.

use std::io;

use rustix::process::{Resource, Rlimit};

/// Processes and threads. They are counted for each sandbox, and not at all where the server runs as root.
const PROCESSES: u64 = 4096;
/// Of one file, in bytes.
const FILE: u64 = 16 << 30;

pub(super) fn set() -> io::Result<()> {
    // The remains of a process are of no use to anybody, and may be large.
    for (resource, most) in [(Resource::Nproc, PROCESSES), (Resource::Fsize, FILE), (Resource::Core, 0)] {
        let before = rustix::process::getrlimit(resource);
        let most = before.maximum.map_or(most, |maximum| maximum.min(most));
        rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}
