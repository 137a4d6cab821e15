//! How far the base branch is ahead, and the way to follow it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Command, UpdateWay};

use crate::{api::behind, browser, components::icon::Icon, conversation::shown::Shown, session::Session};

#[component]
pub fn Behind(shown: Shown) -> impl IntoView {
    let session = expect_context::<Session>();
    let ahead = RwSignal::new(0);
    let ask = move || {
        spawn_local(async move {
            // Where it cannot be told nothing is shown; whoever updates hears why.
            if let Ok(commits) = behind(shown.id()).await {
                ahead.try_set(commits);
            }
        });
    };
    let base = Memo::new(move |_| shown.head.with(|head| head.base_commit.clone()));
    Effect::new(move |_| {
        if base.with(|base| !base.is_empty()) {
            set_timeout(ask, Duration::ZERO);
        }
    });
    let listener = window_event_listener(leptos::ev::visibilitychange, move |_| {
        if browser::is_visible() {
            ask();
        }
    });
    on_cleanup(move || listener.remove());
    let said = move || {
        let branch = shown.head.with(|head| head.base_branch.clone());
        format!("{branch} is {} ahead", ahead.get())
    };
    let busy = move || shown.head.with(|head| head.phase.is_busy());
    let update = move |way| session.run(Command::UpdateBase { way });
    view! {
        <Show when=move || { ahead.get() > 0 }>
            <p class="part-row">
                <Icon name="arrow-down"/>
                <span class="min-w-0 truncate">{said}</span>
                <button
                    type="button"
                    class="btn btn-small ml-auto"
                    disabled=busy
                    on:click=move |_| update(UpdateWay::Merge)
                >
                    "Update from base"
                </button>
                <button
                    type="button"
                    class="btn btn-ghost btn-small"
                    disabled=busy
                    on:click=move |_| update(UpdateWay::Rebase)
                >
                    "Rebase"
                </button>
            </p>
        </Show>
    }
    .into_any()
}
