//! Markdown to safe HTML, the same on server and in the browser.
//!
//! Safe by construction: the writer knows a fixed set of tags and attributes, everything else becomes text. Raw HTML is
//! shown, never obeyed; a link leads to http, https or mailto or is no link; nothing is ever loaded from elsewhere, so an
//! image is a link to it.

mod blocks;
mod escape;
mod tail;
mod writer;

pub use blocks::blocks;
pub use escape::escape;
pub use tail::settled;

/// Colours a block of code: language and code in, HTML of the inside of `<code>` out. None: plain.
pub type Highlight<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// The text as HTML, code uncoloured.
pub fn render(text: &str) -> String {
    render_with(text, &|_, _| None)
}

/// The text as HTML, with code coloured by `highlight`, whose answer goes into the page as it is.
pub fn render_with(text: &str, highlight: Highlight<'_>) -> String {
    writer::write(text, highlight)
}
