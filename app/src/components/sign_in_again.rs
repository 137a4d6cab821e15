//! The one way on for somebody whose sign-in GitHub no longer takes.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use web_sys::MouseEvent;

use crate::{browser, pages::landing::SIGN_IN_WITH_GITHUB, words};

/// Leads to GitHub and back to this page.
#[component]
pub fn SignInAgain(
    /// Goes there instead, with the address, when something is to be done first.
    #[prop(optional)]
    leave: Option<Callback<String>>,
) -> impl IntoView {
    let here = use_location().pathname;
    let address = move || format!("{SIGN_IN_WITH_GITHUB}?next={}", here.get());
    let click = move |event: MouseEvent| {
        if let Some(leave) = leave.filter(|_| !browser::opens_elsewhere(&event)) {
            event.prevent_default();
            leave.run(untrack(address));
        }
    };
    view! {
        <a href=address rel="external" class="btn btn-primary" on:click=click>
            {words::SIGN_IN_AGAIN}
        </a>
    }
    .into_any()
}
