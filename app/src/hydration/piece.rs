//! A part of a page that is taken over by itself, after what is around it.

use leptos::prelude::*;

#[cfg(target_arch = "wasm32")]
use super::takeover::part::Part;

/// Holds exactly one element. No resource is made within: what the server sent for those is read before.
#[component]
pub fn Piece(children: Children) -> impl IntoView {
    // The server has nothing to take over.
    #[cfg(target_arch = "wasm32")]
    let children = || Part::new(children);
    children()
}
