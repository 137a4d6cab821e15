//! The head of the list: its title, the search, the way to a new session.

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use slipway_protocol::{LIST_PAGE, SessionFilter};

use super::wanted::Wanted;
use crate::{components::icon::Icon, words};

#[component]
pub fn Head(wanted: Memo<Wanted>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    let search = move || {
        if let Some(field) = field.try_get_untracked().flatten() {
            let query = field.value().trim().to_owned();
            let to = Wanted { query, most: LIST_PAGE, ..wanted.get_untracked() }.address();
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    };
    let mut search_soon = debounce(Duration::from_millis(200), {
        let search = search.clone();
        move |()| search()
    });
    let archived = move || wanted.with(|wanted| wanted.filter == SessionFilter::Archived);
    view! {
        <div class="list-head">
            <h1 class="t-title max-md:sr-only">{words::SESSIONS}</h1>
            <form
                role="search"
                method="get"
                action="/sessions"
                class="search"
                on:submit=move |event| {
                    event.prevent_default();
                    search();
                }
            >
                <Show when=archived>
                    <input type="hidden" name="filter" value="archived"/>
                </Show>
                <Icon name="search"/>
                <input
                    node_ref=field
                    id="search"
                    type="search"
                    name="q"
                    class="search-field"
                    aria-label=words::SEARCH
                    placeholder="Search titles and conversations"
                    autocomplete="off"
                    value=wanted.get_untracked().query
                    on:input=move |_| search_soon(())
                />
                <kbd aria-hidden="true" class="max-md:hidden">
                    "/"
                </kbd>
            </form>
            <a href="/sessions/new" class="btn btn-primary max-md:hidden">
                <Icon name="plus"/>
                {words::NEW_SESSION}
            </a>
        </div>
    }
    .into_any()
}
