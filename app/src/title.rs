//! The title of the page in the browser's tab, behind the number of sessions that need a person. One signal that lives as
//! long as the program: a page that is gone may not be asked for its title.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::live::list::feed;

#[derive(Clone, Copy)]
struct PageTitle(RwSignal<String>);

/// Goes once into the application.
#[component]
pub fn TabTitle() -> impl IntoView {
    let title = RwSignal::new(String::from("Slipway"));
    provide_context(PageTitle(title));
    let feed = feed();
    let needing = Memo::new(move |_| feed.needing_a_person());
    let text = move || match needing.get() {
        0 => title.get(),
        needing => format!("({needing}) {}", title.get()),
    };
    view! { <Title text/> }
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
