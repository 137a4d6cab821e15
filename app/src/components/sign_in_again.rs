//! The one way on for somebody whose sign-in GitHub no longer takes.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{pages::landing::SIGN_IN_WITH_GITHUB, words};

/// Leads to GitHub and back to this page.
#[component]
pub fn SignInAgain() -> impl IntoView {
    let here = use_location().pathname;
    view! {
        <a href=move || format!("{SIGN_IN_WITH_GITHUB}?next={}", here.get()) rel="external" class="btn btn-primary">
            {words::SIGN_IN_AGAIN}
        </a>
    }
    .into_any()
}
