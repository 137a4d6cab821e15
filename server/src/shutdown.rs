//! Signals: SIGTERM is a restart, SIGINT a person who wants it to end. The second one ends it at once.

use slipway_engine::OnExit;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{cli, config::Unusable};

/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Both signals, heard from now on.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub fn listen() -> Result<Self, Unusable> {
        let listen =
            |kind| signal(kind).map_err(|error| Unusable(format!("Signals cannot be heard: {error}.")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits for the first signal, and makes the second one end the program.
    pub async fn first(mut self, configured: Option<cli::OnExit>) -> OnExit {
        let usual = self.next().await;
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(INTERRUPTED);
        });
        match configured {
            None => usual,
            Some(cli::OnExit::Keep) => OnExit::Keep,
            Some(cli::OnExit::Stop) => OnExit::Stop,
        }
    }

    async fn next(&mut self) -> OnExit {
        tokio::select! {
            _ = self.terminate.recv() => OnExit::Keep,
            _ = self.interrupt.recv() => OnExit::Stop,
        }
    }
}
