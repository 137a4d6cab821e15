//! Waiting for a state, and no longer than anybody would.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Whatever is waited for comes within this time, also on a crowded machine, also after a minute's stop.
const LIMIT: Duration = Duration::from_secs(90);

pub(crate) struct Patience {
    what: String,
    until: Instant,
}

impl Patience {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), until: Instant::now() + LIMIT }
    }

    /// A pause before the next look; an error when it was the last.
    pub(crate) async fn pause(&self, pause: Duration) -> Result<()> {
        if Instant::now() > self.until {
            bail!("{} does not happen", self.what);
        }
        sleep(pause).await;
        Ok(())
    }
}
