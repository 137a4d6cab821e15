//! For who is not signed in: to the first page, and from there back to this one.

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_location};

use crate::percent;

#[component]
pub fn SignInFirst() -> impl IntoView {
    let location = use_location();
    let here = location.pathname.with_untracked(|path| {
        location.search.with_untracked(|search| match search.as_str() {
            "" => path.clone(),
            search => format!("{path}?{search}"),
        })
    });
    view! { <Redirect path=format!("/?next={}", percent::encode(&here))/> }.into_any()
}
