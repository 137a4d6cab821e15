//! How the program takes over the page that the server rendered: piece by piece, so that no task of the browser is long.
//!
//! Invariant: until all pieces are taken over the page stays as the server rendered it, since a piece must find its part so.
//! Hence no task of the program runs before ([`tasks`]), and nothing that a person does reaches it (`shell/start.js`).

pub mod piece;
#[cfg(target_arch = "wasm32")]
mod queue;
#[cfg(target_arch = "wasm32")]
pub mod root;
#[cfg(target_arch = "wasm32")]
mod tasks;

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
