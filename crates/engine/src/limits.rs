//! How much of the server one session, and one person, may take.

use std::{fmt, time::Duration};

use crate::DailyLimits;

#[derive(Clone, Debug)]
pub struct Limits {
    /// Memory, processes and processors, and who holds a session to them.
    pub held: slipway_sandbox::Limits,
    /// Of a session's folder: bytes, and files.
    pub disk: u64,
    pub files: u64,
    /// What is to stay free of the disk; none: a usual part of it.
    pub reserve: Option<u64>,
    /// The longest turn; waiting for a person does not count.
    pub turn: Duration,
    /// Agents that one person may have at once.
    pub awake_per_person: usize,
    pub sessions_per_person: u64,
    /// What the agents of one person may use of models.
    pub daily: DailyLimits,
    /// Those who take too much are looked for this often.
    pub look_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            held: slipway_sandbox::Limits::default(),
            disk: 20 * GIGABYTE,
            files: 1_000_000,
            reserve: None,
            turn: Duration::from_hours(4),
            awake_per_person: 5,
            sessions_per_person: 500,
            daily: DailyLimits::default(),
            look_every: Duration::from_secs(2),
        }
    }
}

const GIGABYTE: u64 = 1 << 30;

/// A gigabyte, or of a small disk a fiftieth.
pub(crate) fn usual_reserve(disk: u64) -> u64 {
    GIGABYTE.min(disk / 50)
}

/// Bytes as people say them: `20 GB`, `1.5 GB`, `64 MB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["bytes", "KB", "MB", "GB", "TB"];
        let (mut amount, mut unit) = (self.0 as f64, 0);
        while amount >= 1024.0 && unit + 1 < UNITS.len() {
            amount /= 1024.0;
            unit += 1;
        }
        let digits = usize::from((amount * 10.0).round() % 10.0 != 0.0);
        write!(f, "{amount:.digits$} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_said_in_the_unit_that_fits() {
        let said = [0, 1000, 64 << 20, 3 << 29, 20 << 30, 1 << 40].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(said, ["0 bytes", "1000 bytes", "64 MB", "1.5 GB", "20 GB", "1 TB"]);
    }

    #[test]
    fn a_small_disk_keeps_little_free() {
        assert_eq!([10, 100].map(|gigabytes| usual_reserve(gigabytes * GIGABYTE)), [GIGABYTE / 5, GIGABYTE]);
    }
}
