//! How the program takes over the page that the server rendered.

pub mod piece;
#[cfg(target_arch = "wasm32")]
pub mod takeover;

use leptos::prelude::*;

#[derive(Clone, Copy)]
struct Hydrated(RwSignal<bool>);

/// False on the server and in the first rendering of the browser, which must be equal; true from then on.
pub fn provide_hydration() {
    let hydrated = RwSignal::new(false);
    provide_context(Hydrated(hydrated));
    Effect::new(move |_| {
        hydrated.set(true);
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "true");
        }
    });
}

pub fn is_hydrated() -> RwSignal<bool> {
    expect_context::<Hydrated>().0
}
