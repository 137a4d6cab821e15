//! The bar of a session: its title, what it does, the connection.

use leptos::prelude::*;

use super::Panel;
use crate::{
    browser,
    components::{
        figures::Changed,
        icon::{Icon, Spinner},
        phase::PhaseLabel,
        session_actions::{ActionsMenu, Subject},
        top_bar::Notice,
    },
    conversation::shown::Shown,
    live::socket::{Connection, Link},
    session::Session,
    words,
};

#[component]
pub fn Header(shown: Shown, link: Link, panel: RwSignal<Panel>) -> impl IntoView {
    let session: Session = expect_context();
    let subject = Signal::derive(move || {
        shown.head.with(|head| Subject {
            id: session.id(),
            title: head.title.clone(),
            branch: head.branch.clone(),
            archived: head.archived_at.is_some(),
        })
    });
    let phase = Signal::derive(move || shown.head.with(|head| head.phase));
    let added = Signal::derive(move || {
        shown.head.with(|head| head.changed_files.iter().map(|file| file.added).sum())
    });
    let removed = Signal::derive(move || {
        shown.head.with(|head| head.changed_files.iter().map(|file| file.removed).sum())
    });
    let changed = move || shown.head.with(|head| !head.changed_files.is_empty());
    let archived = move || subject.with(|subject| subject.archived);
    view! {
        <header class="bar session-bar">
            <a href="/sessions" class="btn btn-ghost btn-icon -ml-2" aria-label=words::BACK_TO_SESSIONS>
                <Icon name="arrow-left" class="icon size-[18px]"/>
            </a>
            <div class="session-title">
                <div class="flex min-w-0 items-center gap-1">
                    <h1 class="t-body min-w-0 truncate font-semibold">{move || subject.with(|subject| subject.title.clone())}</h1>
                    <ActionsMenu subject icon="chevron-down" list="menu left-0"/>
                </div>
                <div class="session-phase">
                    <PhaseLabel phase/>
                    <Show when=archived>
                        <span class="tag">
                            <Icon name="archive" class="icon size-3"/>
                            {words::ARCHIVED}
                        </span>
                    </Show>
                </div>
            </div>
            <div class="ml-auto"></div>
            <ConnectionState link/>
            <Notice/>
            <Show when=changed>
                <a class="btn" href=format!("/sessions/{}/changes", session.id())>
                    <Icon name="git-commit-horizontal" class="icon max-md:hidden"/>
                    <span class="max-md:sr-only">{words::CHANGES}</span>
                    <Changed added removed/>
                </a>
            </Show>
            <PanelButton panel/>
        </header>
    }
    .into_any()
}

#[component]
fn PanelButton(panel: RwSignal<Panel>) -> impl IntoView {
    let toggle = move |_| {
        let wide = browser::is_wide();
        panel.update(|panel| {
            let open = *panel == Panel::Open || (*panel == Panel::Automatic && wide);
            *panel = if open { Panel::Closed } else { Panel::Open };
        });
        if panel.get_untracked() == Panel::Open && !wide {
            request_animation_frame(|| browser::focus("close-details"));
        }
    };
    view! {
        <button
            type="button"
            id="open-details"
            class="btn btn-icon panel-button"
            aria-label=words::SESSION_DETAILS
            aria-controls="session-details"
            on:click=toggle
        >
            <Icon name="panel-right"/>
        </button>
    }
}

/// Nothing to see while all is well.
#[component]
pub fn ConnectionState(link: Link) -> impl IntoView {
    view! {
        <p role="status" class="connection" data-connection=move || link.connection.get().slug()>
            {move || match link.connection.get() {
                Connection::Live => view! { <span class="sr-only">"Connected"</span> }.into_any(),
                Connection::Reconnecting if link.lost_at.get().is_none() => {
                    view! { <span class="sr-only">"Connecting"</span> }.into_any()
                }
                Connection::Reconnecting => view! {
                    <Spinner/>
                    "Reconnecting…"
                }
                .into_any(),
                Connection::Offline => view! {
                    <Icon name="wifi-off" class="icon size-3.5"/>
                    "Offline"
                }
                .into_any(),
            }}
        </p>
    }
}
