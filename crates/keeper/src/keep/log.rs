//! The keeper's own log: a few lines on standard error, and never more than so many bytes.

use std::{
    io::{self, Write},
    sync::atomic::{AtomicUsize, Ordering},
};

use tracing::Level;

const LIMIT: usize = 1024 * 1024;
static WRITTEN: AtomicUsize = AtomicUsize::new(0);

pub(super) fn start() {
    tracing_subscriber::fmt().with_ansi(false).with_max_level(Level::INFO).with_writer(|| Bounded).init();
    // Half a keeper is worse than none: without it init ends the agent, and the server starts anew.
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::exit(101);
    }));
}

struct Bounded;

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if WRITTEN.fetch_add(bytes.len(), Ordering::Relaxed) < LIMIT {
            io::stderr().write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
