//! The threads that sessions are worked on, apart from those that answer requests and sockets: what an agent says would otherwise
//! stand in line behind a thousand readers of what it said before, at each step of its way.

use tokio::runtime::{Builder, Handle, Runtime};

/// Ends with whoever holds it; what runs on it then is given up.
pub(crate) struct Workers(Option<Runtime>);

impl Workers {
    pub(crate) fn start() -> std::io::Result<Self> {
        Builder::new_multi_thread()
            .thread_name("slipway-session")
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.as_ref().expect("it runs until it is dropped").handle().clone()
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // To wait for it is not allowed where others run as well.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
