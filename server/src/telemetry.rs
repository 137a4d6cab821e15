//! What is logged: one line for each request that failed or was slow, with ids; never a token, a prompt or a query.

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use axum::{body::Body, http::Request, middleware::Next, response::Response};
use slipway_engine::without_secrets;
use tracing::Instrument;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::cli::LogFormat;
use crate::config::Unusable;

/// Above this a request is worth a line.
const SLOW: Duration = Duration::from_secs(1);

/// Logs to standard error from now on.
pub fn start(filter: &str, format: LogFormat) -> Result<(), Unusable> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Unusable(format!("SLIPWAY_LOG is \"{filter}\", which is no filter: {error}.")))?;
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(|| Scrubbed).with_ansi(io::stderr().is_terminal());
    let started = match format {
        LogFormat::Text => registry.with(lines.with_target(false)).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
    started.map_err(|error| Unusable(format!("Logging could not start: {error}.")))
}

/// Standard error, without what looks like a secret. Each line comes whole.
struct Scrubbed;

impl Write for Scrubbed {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(without_secrets(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A span for each request, named by a number of this run.
pub(crate) async fn request(request: Request<Body>, next: Next) -> Response {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // The query may hold what a person wrote.
    let span =
        tracing::info_span!("request", id = number, method = %request.method(), path = request.uri().path());
    async move {
        let started = Instant::now();
        let response = next.run(request).await;
        let (status, duration_ms) = (response.status().as_u16(), started.elapsed().as_millis() as u64);
        if response.status().is_server_error() {
            tracing::warn!(status, duration_ms, "failed");
        } else if started.elapsed() > SLOW {
            tracing::info!(status, duration_ms, "slow");
        } else {
            tracing::debug!(status, duration_ms, "answered");
        }
        response
    }
    .instrument(span)
    .await
}
