//! The program `slipway`: command line, settings, HTTP, live sockets; builds all parts in one place.
//!
//! Invariant: a request is answered only under our own address; it writes only if it came from our own pages.
//! Invariant: a handler knows who asks before it runs, and asks the engine, which checks again.

// The document is rendered here, and its type is a deep one.
#![recursion_limit = "256"]

mod assets;
mod auth;
pub mod cli;
pub mod config;
pub mod doctor;
mod error;
mod files;
mod guard;
mod headers;
mod health;
mod hex;
mod limits;
mod live;
mod pages;
mod rate;
mod reports;
mod rotate;
mod router;
mod serve;
mod setup;
mod shutdown;
mod start;
mod state;
pub mod telemetry;
mod workers;

pub use config::{Config, Unusable};
pub use limits::allow_many_open_files;
pub use rotate::rotate_key;
pub use serve::{bind, serve};
pub use shutdown::Signals;
pub use start::Server;

/// A page is thousands of small pieces of memory: the system's own allocator takes a quarter longer for the list of sessions.
/// Built with `no_thp`: in huge pages, asked for where the kernel gives them on request, a server at rest holds 12 to 17 MB more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
