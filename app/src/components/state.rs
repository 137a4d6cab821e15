//! What stands where there is nothing to show: an icon, what is the matter, what to do.

use leptos::prelude::*;

use super::icon::Icon;

#[component]
pub fn State(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(into)] sentence: String,
    /// Something failed.
    #[prop(optional)]
    bad: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center text-center px-4 py-16">
            <div class="state-tile" class:state-tile-bad=bad>
                <Icon name=icon class="icon size-5"/>
            </div>
            <h2 class="t-heading mt-4">{title}</h2>
            <p class="t-body text-text-2 mt-1 max-w-[300px] text-balance">{sentence}</p>
            <div class="mt-4 flex flex-wrap justify-center gap-2">{children()}</div>
        </div>
    }
}
