//! The system's clock: ids and stamps are compared with those of other processes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn micros() -> u64 {
    since_1970().as_micros() as u64
}

pub(crate) fn millis() -> u64 {
    since_1970().as_millis() as u64
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is compared with another process needs the system's clock"
)]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
