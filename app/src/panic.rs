//! The end of the browser's program.

use std::panic::PanicHookInfo;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Shows a card that says so and reports it to the server's log, both once (`shell/start.js`): what panicked can't.
    #[wasm_bindgen(js_namespace = slipway, js_name = failed)]
    fn failed(said: &str);
}

/// To be set as the program's panic hook.
pub fn tell(info: &PanicHookInfo<'_>) {
    failed(&info.to_string());
}
