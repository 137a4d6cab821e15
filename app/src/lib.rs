//! Pages, components and server functions: wasm in the browser, native on the server.
//!
//! Invariant: everything here compiles for both, except [`ssr`], which is the server's, and `hydration::takeover`, the
//! browser's; a component never sees a server crate. The first rendering of the browser equals the server's: no clock and
//! no randomness before the program runs.

// Views are types, and a whole page is a deep one.
#![recursion_limit = "512"]

pub mod api;
pub mod ask;
pub mod browser;
pub mod clock;
pub mod components;
pub mod conversation;
pub mod delivery;
pub mod hydration;
pub mod id;
pub mod live;
pub mod pages;
pub mod palette;
pub mod panic;
pub mod percent;
pub mod pwa;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod session;
pub mod shell;
pub mod shortcuts;
#[cfg(not(target_arch = "wasm32"))]
pub mod ssr;
pub mod text;
pub mod title;
pub mod trust;
pub mod visitor;
pub mod words;

pub use shell::{App, Assets, shell};
