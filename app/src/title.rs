//! The title of the page in the browser's tab. One signal that lives as long as the program: a page that is gone may not
//! be asked for its title.

use leptos::prelude::*;
use leptos_meta::Title;

#[derive(Clone, Copy)]
struct PageTitle(RwSignal<String>);

/// Goes once into the application.
#[component]
pub fn TabTitle() -> impl IntoView {
    let title = RwSignal::new(String::from("Slipway"));
    provide_context(PageTitle(title));
    view! { <Title text=move || title.get()/> }
}

/// What a page is called, now and whenever that changes.
pub fn set_title(title: impl Fn() -> String + Send + Sync + 'static) {
    let PageTitle(shown) = expect_context();
    shown.set(untrack(&title));
    Effect::new(move |_| {
        let title = title();
        if shown.with_untracked(|shown| *shown != title) {
            shown.set(title);
        }
    });
}
