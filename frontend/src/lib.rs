//! The browser's program: takes over the page that the server rendered.
#![cfg(target_arch = "wasm32")]
// The document's type is a deep one.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        app::panic::tell(info);
    }));
    app::pwa::register();
    leptos::mount::hydrate_body(app::App);
}
