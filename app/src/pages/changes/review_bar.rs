//! The comments that wait, and sending them as one message.

use leptos::prelude::*;

use super::desk::Desk;
use crate::{components::icon::Icon, text::figures::plural, words};

#[component]
pub fn ReviewBar(desk: Desk) -> impl IntoView {
    let waiting = Memo::new(move |_| desk.waiting());
    view! {
        <Show when=move || waiting.with(|waiting| !waiting.is_empty())>
            <section class="review-bar" aria-label=words::REVIEW>
                <Icon name="message-square"/>
                <p role="status">{move || plural(waiting.with(Vec::len), "comment")}</p>
                <span class="ml-auto"></span>
                <button type="button" class="btn btn-ghost" disabled=move || desk.sending.get() on:click=move |_| desk.remove(waiting.get_untracked())>
                    {words::REMOVE_ALL}
                </button>
                <button type="button" class="btn btn-primary" disabled=move || desk.sending.get() on:click=move |_| desk.send(waiting.get_untracked())>
                    <Icon name="corner-down-right"/>
                    {words::SEND_TO_AGENT}
                </button>
            </section>
        </Show>
    }
    .into_any()
}
