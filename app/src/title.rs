//! The title of the page in the browser's tab, behind the number of sessions that need a person.
//!
//! Invariant: it is made of signals that are held, not of handles. The server asks for the title outside of the page, where
//! the same handles may lead to another person's.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::live::list::feed;

#[derive(Clone)]
struct PageTitle(ArcRwSignal<String>);

/// Goes once into the application.
#[component]
pub fn TabTitle() -> impl IntoView {
    let (title, needing) = (ArcRwSignal::new(String::from("Slipway")), ArcRwSignal::new(0));
    provide_context(PageTitle(title.clone()));
    let (feed, counted) = (feed(), needing.clone());
    Effect::new(move |_| {
        let needing = feed.needing_a_person();
        if counted.get_untracked() != needing {
            counted.set(needing);
        }
    });
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
