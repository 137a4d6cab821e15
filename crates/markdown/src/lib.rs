//! Markdown to safe HTML, the same on server and in the browser.
//!
//! Safe by construction: the writer knows a fixed set of tags and attributes, everything else becomes text. Raw HTML is
//! shown, never obeyed; a link leads to http, https or mailto or is no link; nothing is ever loaded from elsewhere, so an
//! image is a link to it.

mod blocks;
mod code;
mod escape;
mod plain;
mod tail;
mod writer;

pub use blocks::blocks;
pub use escape::escape;
pub use plain::plain;
pub use tail::settled;

/// The text as HTML, its code coloured.
pub fn render(text: &str) -> String {
    writer::write(text)
}
