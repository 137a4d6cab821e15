//! The end of the browser's program: a card that says so, and one report to the server's log.
//!
//! What panicked can't draw any more, so the card is made of plain elements beside what stands there.

use std::{
    panic::PanicHookInfo,
    sync::atomic::{AtomicBool, Ordering},
};

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, RequestInit};

use crate::words;

const REPORTS: &str = "/reports";

/// To be set as the program's panic hook.
pub fn tell(info: &PanicHookInfo<'_>) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    // One panic brings others; the first is the one.
    if TOLD.swap(true, Ordering::Relaxed) {
        return;
    }
    report(&info.to_string());
    let _ = show();
}

fn report(said: &str) {
    let path = window().location().pathname().unwrap_or_default();
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&format!("{path}: {said}").into());
    let _ = window().fetch_with_str_and_init(REPORTS, &init);
}

fn show() -> Option<()> {
    let make = |tag: &str, class: &str| -> Option<HtmlElement> {
        let element: HtmlElement = document().create_element(tag).ok()?.unchecked_into();
        element.set_class_name(class);
        Some(element)
    };
    let card = make("div", "panic")?;
    card.set_attribute("role", "alert").ok()?;
    let text = make("p", "panic-text")?;
    text.set_inner_text(
        "This page stopped working. Nothing that was sent is lost, and what you wrote is kept. The agent goes on.",
    );
    // A link to this very page, so that no program is needed to follow it.
    let reload = make("a", "btn btn-primary")?;
    // Without its fragment, with which it would lead to a place on this page.
    let (path, query) = (window().location().pathname().ok()?, window().location().search().ok()?);
    reload.set_attribute("href", &format!("{path}{query}")).ok()?;
    reload.set_attribute("rel", "external").ok()?;
    reload.set_inner_text(words::RELOAD);
    reload.set_attribute("role", "button").ok()?;
    card.append_child(&text).ok()?;
    card.append_child(&reload).ok()?;
    document().body()?.append_child(&card).ok()?;
    reload.focus().ok()
}
