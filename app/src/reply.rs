//! What a page may say about its own answer: the HTTP status. Nothing in the browser.

use std::sync::Arc;

use leptos::prelude::use_context;

/// Provided by the server for each request.
#[derive(Clone)]
pub struct Reply(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Whether this is the server, which answers somebody.
pub fn is_made_here() -> bool {
    use_context::<Reply>().is_some()
}

/// Sets the status of the page or answer that is being made.
pub fn status(status: u16) {
    if let Some(Reply(set)) = use_context() {
        set(status);
    }
}
