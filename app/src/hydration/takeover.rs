//! What `leptos::mount::hydrate_body` does in one task, which stops a phone for a third of a second, in many: the application is
//! made, what it shows is taken over, and then its pieces one by one.
//!
//! Invariant: until all pieces are taken over the page stays as the server rendered it, since each must find its part so.
//! Hence no task of the program runs before ([`tasks`]), and nothing that a person does reaches it (`shell/start.js`).

pub(super) mod part;
mod queue;
mod tasks;

use std::{cell::RefCell, mem, sync::Arc};

use hydration_context::HydrateSharedContext;
use leptos::{
    prelude::*,
    tachys::{hydration::Cursor, view::PositionState},
};
use wasm_bindgen::JsCast;

use crate::App;

thread_local! {
    /// Lives as long as the page.
    static ROOT: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

/// Makes the application; what it shows is taken over by [`go_on`].
pub fn begin() {
    tasks::hold();
    let root = Owner::new_root(Some(Arc::new(HydrateSharedContext::new())));
    let view = root.with(|| App().into_view());
    let owner = root.clone();
    queue::put_off(Box::new(move || {
        let body = Cursor::new(document().body().expect("a page has a body").unchecked_into());
        let state = owner.with(|| view.hydrate::<true>(&body, &PositionState::default()));
        // Unmounted where dropped.
        mem::forget(state);
    }));
    ROOT.set(Some(root));
}

/// Takes over for as long as a task may last; false once the page is whole and the program's tasks run.
pub fn go_on() -> bool {
    let is_more = queue::take_over_some();
    if !is_more {
        ROOT.with_borrow(|root| {
            if let Some(root) = root {
                root.with(|| Owner::current_shared_context().map(|shared| shared.hydration_complete()));
            }
        });
        tasks::release();
    }
    is_more
}
