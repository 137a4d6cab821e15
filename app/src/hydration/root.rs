//! The first piece, the whole application, and the order of all: what `leptos::mount::hydrate_body` does in one task.

use std::{cell::RefCell, mem, sync::Arc};

use hydration_context::HydrateSharedContext;
use leptos::{
    prelude::*,
    tachys::{hydration::Cursor, view::PositionState},
};
use wasm_bindgen::JsCast;

use super::{queue, tasks};
use crate::App;

thread_local! {
    /// Lives as long as the page.
    static ROOT: RefCell<Option<Owner>> = const { RefCell::new(None) };
}

/// Makes the application; what it shows is taken over by [`take_over_more`].
pub fn take_over() {
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
pub fn take_over_more() -> bool {
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
