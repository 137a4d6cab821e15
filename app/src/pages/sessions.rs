//! The dashboard: every session, what it does, and what needs a person.

pub mod arrange;
pub mod rows;

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_navigate, use_query_map},
};
use slipway_protocol::{Command, Phase, SessionFilter, SessionId};

use self::{
    arrange::Group,
    rows::{Row, Rows},
};
use crate::{
    api::{SessionList, list_sessions},
    ask::ask,
    browser,
    clock::{Moment, clock},
    components::{
        figures::Changed,
        icon::Icon,
        phase::PhaseLabel,
        session_actions::{ActionDialogs, ActionsMenu, Subject, provide_actions},
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
fn Head(filter: Memo<SessionFilter>, query: Memo<String>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    let search = move || {
        if let Some(field) = field.try_get_untracked().flatten() {
            let to = address(filter.get_untracked(), field.value().trim());
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
    };
    let mut search_soon = debounce(Duration::from_millis(200), {
        let search = search.clone();
        move |()| search()
    });
    let shortcut = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "/" && !event.ctrl_key() && !event.meta_key() && !browser::is_typing() {
            event.prevent_default();
            browser::focus("search");
        }
    });
    on_cleanup(move || shortcut.remove());
    let archived = move || filter.get() == SessionFilter::Archived;
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
                    placeholder="Search titles and branches"
                    autocomplete="off"
                    value=query.get_untracked()
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
        <Show when=move || !is_empty() fallback=move || view! { <Empty filter query=query.clone()/> }>
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
        <ActionDialogs/>
    }
    .into_any()
}

#[component]
fn SessionRow(row: Row) -> impl IntoView {
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
    let activity = move || summary.with(|session| session.activity.clone());
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

#[component]
fn Empty(filter: SessionFilter, query: String) -> impl IntoView {
    if !query.is_empty() {
        let sentence = format!("No title or message here contains “{query}”.");
        return view! {
            <State icon="search" title="Nothing found" sentence=sentence>
                <a href=address(filter, "") class="btn">
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
fn Skeleton() -> impl IntoView {
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
