//! The list where there is nothing to list: what to do, or its shape while it is on its way.

use leptos::prelude::*;
use slipway_protocol::SessionFilter;

use super::wanted::Wanted;
use crate::components::{icon::Icon, state::State};

#[component]
pub fn Empty(wanted: Wanted, has_hits: bool) -> impl IntoView {
    let Wanted { filter, query, repository, .. } = wanted;
    if has_hits {
        return view! { <p class="hits-alone">{format!("No title or branch contains “{query}”.")}</p> }
            .into_any();
    }
    if !query.is_empty() || !repository.is_empty() {
        let sentence = if query.is_empty() {
            format!("No session here works on {repository}.")
        } else {
            format!("No title or message here contains “{query}”.")
        };
        let all = Wanted::all_of(filter);
        return view! {
            <State icon="search" title="Nothing found" sentence=sentence>
                <a href=all.address() class="btn">
                    "Show all"
                </a>
            </State>
        }
        .into_any();
    }
    match filter {
        SessionFilter::Active => view! {
            <State
                icon="inbox"
                title="No sessions yet"
                sentence="Pick a repository and say what should change. The agent works on its own branch; nothing is delivered until you say so."
            >
                <a href="/sessions/new" class="btn btn-primary">
                    <Icon name="plus"/>
                    "Start the first one"
                </a>
            </State>
        }
        .into_any(),
        SessionFilter::Archived => view! {
            <State
                icon="archive"
                title="Nothing archived"
                sentence="Sessions that you archive rest here, with branch and history, until you restore them."
            >
                <a href="/sessions" class="btn">
                    "Show active sessions"
                </a>
            </State>
        }
        .into_any(),
    }
}

/// The list's own shape while it is on its way.
#[component]
pub fn Skeleton() -> impl IntoView {
    let row = || {
        view! {
            <div class="skeleton-row">
                <span class="bone h-4 w-2/5"></span>
                <span class="bone h-3 w-3/5"></span>
            </div>
        }
    };
    view! {
        <div class="skeleton" aria-hidden="true">
            {row()} {row()} {row()} {row()}
        </div>
        <p class="sr-only" role="status">
            "Loading sessions"
        </p>
    }
}
