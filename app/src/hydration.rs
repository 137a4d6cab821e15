//! How the program takes over the page that the server rendered: piece by piece, so that no task of the browser is long.
//!
//! Invariant: until all pieces are taken over the page stays as the server rendered it, since a piece must find its part so.
//! Hence no task of the program runs before ([`tasks`]), and nothing that a person does reaches it (`shell/start.js`).

pub mod piece;
#[cfg(target_arch = "wasm32")]
pub mod tasks;

#[cfg(target_arch = "wasm32")]
use leptos::mount::hydrate_body;
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

/// Takes over the page but for its pieces; they follow by [`take_over_more`].
#[cfg(target_arch = "wasm32")]
pub fn take_over() {
    tasks::hold();
    piece::put_off();
    hydrate_body(crate::App);
}

/// Takes over pieces for as long as a task may last; false once the page is whole and the program's tasks run.
#[cfg(target_arch = "wasm32")]
pub fn take_over_more() -> bool {
    let is_more = piece::take_over_some();
    if !is_more {
        tasks::release();
    }
    is_more
}
