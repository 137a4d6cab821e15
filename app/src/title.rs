//! The title of the page in the browser's tab, behind the number of sessions that need a person. One signal that lives as
//! long as somebody holds it: the server asks for the title when a busy machine may have cleared the page away already.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::live::list::feed;

#[derive(Clone)]
struct PageTitle(ArcRwSignal<String>);

/// Goes once into the application.
#[component]
pub fn TabTitle() -> impl IntoView {
    let title = ArcRwSignal::new(String::from("Slipway"));
    provide_context(PageTitle(title.clone()));
    let feed = feed();
    let needing = Memo::new(move |_| feed.needing_a_person());
    let text = move || match needing.try_get().unwrap_or_default() {
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
