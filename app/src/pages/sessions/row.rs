//! One line of the list.

use leptos::prelude::*;
use slipway_protocol::{Command, Phase, SessionId};

use super::{arrange::Group, rows::Row};
use crate::{
    ask::ask,
    clock::Moment,
    components::{
        figures::Changed,
        icon::Icon,
        phase::PhaseLabel,
        session_actions::{ActionsMenu, Subject},
    },
    words,
};

#[component]
pub fn SessionRow(row: Row) -> impl IntoView {
    let Row { id, summary, label } = row;
    let href = format!("/sessions/{id}");
    let summary = RwSignal::from(summary);
    let subject = Signal::derive(move || {
        summary.with(|session| Subject {
            id: session.id.clone(),
            title: session.title.clone(),
            branch: session.branch.clone(),
            archived: session.archived,
        })
    });
    let phase = Signal::derive(move || summary.with(|session| session.phase));
    let added = Signal::derive(move || summary.with(|session| session.added));
    let removed = Signal::derive(move || summary.with(|session| session.removed));
    let unread = move || summary.with(|session| session.unread);
    let failed = move || phase.get() == Phase::Failed && !subject.with(|subject| subject.archived);
    let branch = move || {
        summary.with(|session| session.branch.strip_prefix("slipway/").unwrap_or(&session.branch).to_owned())
    };
    // The word beside it is said once.
    let activity = move || {
        summary.with(|session| {
            let says_more = !session.activity.is_empty() && session.activity != session.phase.label();
            says_more.then(|| session.activity.clone())
        })
    };
    view! {
        <li>
            {move || label.get().map(|group: Group| view! { <p class="group-label">{group.label()}</p> })}
            <div class="row" class:row-unread=unread>
                <p class="row-title">
                    <a href=href class="row-link">
                        {move || summary.with(|session| session.title.clone())}
                    </a>
                    <Show when=unread>
                        <span class="unread">
                            <span class="sr-only">{words::UNREAD}</span>
                        </span>
                    </Show>
                </p>
                <div class="row-sub">
                <p class="row-place">
                    <span>{move || summary.with(|session| session.repository.to_string())}</span>
                    <span class="row-slash" aria-hidden="true">
                        "/"
                    </span>
                    <code class="row-branch">{branch}</code>
                </p>
                <p class="row-activity">{activity}</p>
                </div>
                <p class="row-phase">
                    <PhaseLabel phase/>
                </p>
                <div class="row-changes">
                    <Show when=failed fallback=move || view! { <Changed added removed/> }>
                        <RetryButton id=subject.get_untracked().id/>
                    </Show>
                </div>
                <p class="row-time">
                    <Moment at=Signal::derive(move || summary.with(|session| session.active_at))/>
                </p>
                <div class="row-menu">
                    <ActionsMenu subject/>
                </div>
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn RetryButton(id: SessionId) -> impl IntoView {
    let asked = RwSignal::new(false);
    let retry = move |_| {
        let id = id.clone();
        asked.set(true);
        leptos::task::spawn_local(async move {
            let _ = ask(id, Command::Retry).await;
            asked.set(false);
        });
    };
    view! {
        <button type="button" class="btn btn-small" disabled=move || asked.get() on:click=retry>
            <Icon name="rotate-cw" class="icon size-3.5"/>
            {words::RETRY}
        </button>
    }
}
