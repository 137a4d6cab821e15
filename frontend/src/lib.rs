//! The browser's program: takes over the page that the server rendered.
#![cfg(target_arch = "wasm32")]
// The document's type is a deep one.
#![recursion_limit = "256"]

use app::hydration::takeover;
use wasm_bindgen::prelude::wasm_bindgen;

/// To be followed by [`hydrate_more`], in a task of its own each time, for as long as it answers true.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::panic::tell(info);
    }));
    takeover::begin();
}

#[wasm_bindgen]
pub fn hydrate_more() -> bool {
    let is_more = takeover::go_on();
    if !is_more {
        app::pwa::register();
    }
    is_more
}
