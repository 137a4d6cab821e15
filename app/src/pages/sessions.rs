//! The dashboard: every session, what it does, and what needs a person.

pub mod arrange;
pub mod empty;
pub mod head;
pub mod hits;
pub mod row;
pub mod rows;

use leptos::prelude::*;
use leptos_router::{components::Redirect, hooks::use_query_map};
use slipway_protocol::{Command, SessionFilter, SessionId};

use self::{
    empty::{Empty, Skeleton},
    head::Head,
    hits::InConversations,
    row::SessionRow,
    rows::Rows,
};
use crate::{
    api::{SessionList, list_sessions},
    clock::clock,
    components::{
        icon::Icon,
        session_actions::{ActionDialogs, provide_actions},
        state::State,
        top_bar::TopBar,
    },
    live::{list::feed, socket::Connection},
    percent,
    title::set_title,
    visitor::visitor,
    words,
};

/// The list's address for a tab and a search.
fn address(filter: SessionFilter, query: &str) -> String {
    let mut fields = Vec::new();
    if filter == SessionFilter::Archived {
        fields.push("filter=archived".to_owned());
    }
    if !query.is_empty() {
        fields.push(format!("q={}", percent::encode(query)));
    }
    if fields.is_empty() { "/sessions".into() } else { format!("/sessions?{}", fields.join("&")) }
}

#[component]
pub fn SessionsPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <Redirect path="/"/> }.into_any();
    }
    let asked = use_query_map();
    let filter = Memo::new(move |_| match asked.with(|asked| asked.get("filter")).as_deref() {
        Some("archived") => SessionFilter::Archived,
        _ => SessionFilter::Active,
    });
    let query = Memo::new(move |_| asked.with(|asked| asked.get("q")).unwrap_or_default());
    let list =
        Resource::new(move || (filter.get(), query.get()), |(filter, query)| list_sessions(filter, query));
    let content = move || {
        Suspend::new(async move {
            match list.await {
                Ok(found) => view! { <Found found filter=filter.get_untracked() query=query.get_untracked()/> }.into_any(),
                Err(problem) => view! {
                    <State icon="triangle-alert" title="The list can't be shown" sentence=problem.sentence() bad=true>
                        <button type="button" class="btn" on:click=move |_| list.refetch()>
                            <Icon name="rotate-cw"/>
                            {words::RETRY}
                        </button>
                    </State>
                }
                .into_any(),
            }
        })
    };
    view! {
        <TopBar/>
        <main class="page-list">
            <Head filter query/>
            <Transition fallback=Skeleton>{content}</Transition>
            <a href="/sessions/new" class="btn btn-primary floating">
                <Icon name="plus"/>
                {words::NEW_SESSION}
            </a>
        </main>
    }
    .into_any()
}

#[component]
fn Tabs(rows: Rows, filter: SessionFilter, query: String) -> impl IntoView {
    let tab = move |this: SessionFilter, name: &'static str, count: Signal<usize>| {
        let current = (this == filter).then_some("page");
        view! {
            <a href=address(this, &query) class="tab" aria-current=current>
                {name}
                <span class="font-normal text-text-3 tabular-nums" aria-hidden="true">
                    {count}
                </span>
            </a>
        }
    };
    let active = Signal::derive(move || rows.counts.get().0);
    let archived = Signal::derive(move || rows.counts.get().1);
    view! {
        <nav class="tabs" aria-label="Filter">
            {tab(SessionFilter::Active, words::ACTIVE, active)}
            {tab(SessionFilter::Archived, words::ARCHIVED, archived)}
        </nav>
    }
    .into_any()
}

#[component]
fn Found(found: SessionList, filter: SessionFilter, query: String) -> impl IntoView {
    let searched = !query.is_empty();
    let hits = found.found.clone();
    let has_hits = !hits.hits.is_empty();
    let rows = Rows::new(found, filter, searched, clock());
    let feed = feed();
    let link = feed.link;
    Effect::new(move |_| feed.listen(move |frame| rows.receive(frame)));
    let problem = RwSignal::new(None::<String>);
    let done = Callback::new(move |(id, command): (SessionId, Command)| match command {
        Command::Rename { title } => rows.change(&id, |session| session.title = title),
        Command::Archive => rows.change(&id, |session| session.archived = true),
        Command::Restore => rows.change(&id, |session| session.archived = false),
        Command::Delete => rows.forget(&id),
        _ => {}
    });
    provide_actions(problem, done);
    let is_empty = move || rows.shown.with(Vec::is_empty);
    set_title(|| "Sessions · Slipway".into());
    view! {
        <Tabs rows filter query=query.clone()/>
        <p class="sr-only" role="status" data-connection=move || link.connection.get().slug()>
            {move || (link.connection.get() == Connection::Offline).then_some("Offline: the list may be out of date")}
        </p>
        {move || {
            problem.get().map(|sentence| view! { <p role="alert" class="strip strip-bad mx-3 mt-3">{sentence}</p> })
        }}
        <Show
            when=move || !is_empty()
            fallback={
                let query = query.clone();
                move || view! { <Empty filter query=query.clone() has_hits/> }
            }
        >
            <ul
                class="rows"
                aria-label=words::SESSIONS
                on:pointerenter=move |_| rows.held.set(true)
                on:pointerleave=move |_| rows.held.set(false)
            >
                <For
                    each=move || rows.shown.get()
                    key=|row| row.id.clone()
                    children=move |row| view! { <SessionRow row/> }
                />
            </ul>
        </Show>
        {has_hits.then(|| view! { <InConversations found=hits query/> })}
        <ActionDialogs/>
    }
    .into_any()
}
