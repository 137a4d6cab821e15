//! Markdown to safe HTML, the same on server and in the browser.
