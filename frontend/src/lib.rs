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

#[wasm_bindgen]
extern "C" {
    /// From `app/src/shell/start.js`.
    #[wasm_bindgen(js_namespace = slipway, js_name = loadRest)]
    fn load_rest();
}

/// The program is loaded in two halves (`xtask/src/site/split.rs`); the first calls this where it needs the rest and that is not
/// there yet.
#[wasm_bindgen]
pub fn need_rest() {
    load_rest();
}
