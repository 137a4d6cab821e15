//! Whether the program runs in this page yet.

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

/// The browser goes through what the server rendered: its work need not be done again. False on the server itself.
pub fn takes_over() -> bool {
    cfg!(target_arch = "wasm32") && !is_hydrated().get_untracked()
}

pub fn is_hydrated() -> RwSignal<bool> {
    expect_context::<Hydrated>().0
}
