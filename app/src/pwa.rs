//! Slipway as an app of its own: a worker that shows a page where there is no connection, and caches nothing else.

use js_sys::Reflect;
use leptos::prelude::window;

/// Answered from `public/`.
const WORKER: &str = "/sw.js";

/// Browsers offer workers on safe pages only; without one nothing is missing but that page.
pub fn register() {
    let navigator = window().navigator();
    if Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or(false) {
        // Whoever switched it off has their reasons.
        let _ = navigator.service_worker().register(WORKER);
    }
}
