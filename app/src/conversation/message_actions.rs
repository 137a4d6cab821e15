//! What one can do with a message: copy it, copy a link to it.

use std::time::Duration;

use leptos::prelude::*;
use slipway_protocol::MessageId;

use super::message::link_to;
use crate::{browser, components::icon::Icon, session::Session, words};

/// How long a button says that it was done.
const TOLD: Duration = Duration::from_millis(1_500);

#[component]
pub fn MessageActions(message: MessageId, text: Callback<(), String>) -> impl IntoView {
    let session: Session = expect_context();
    let link = Callback::new(move |()| format!("{}{}", browser::origin(), link_to(&session.id(), &message)));
    view! {
        <div class="message-actions">
            <CopyButton label=words::COPY icon="copy" text/>
            <CopyButton label=words::COPY_LINK icon="link" text=link/>
        </div>
    }
}

#[component]
fn CopyButton(label: &'static str, icon: &'static str, text: Callback<(), String>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        copied.set(browser::copy(&text.run(())));
        set_timeout(
            move || {
                copied.try_set(false);
            },
            TOLD,
        );
    };
    view! {
        <button
            type="button"
            class="copy"
            aria-label=label
            title=label
            data-copied=move || copied.get().then_some("")
            on:click=copy
        >
            {move || view! { <Icon name=if copied.get() { "check" } else { icon }/> }}
        </button>
    }
}
