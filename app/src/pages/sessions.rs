//! The dashboard: every session, what it does, and what needs a person.

pub mod arrange;
pub mod empty;
pub mod head;
pub mod hits;
pub mod more;
pub mod row;
pub mod rows;
pub mod wanted;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use slipway_protocol::{Command, LIST_PAGE, SessionFilter, SessionId};

use self::{
    empty::{Empty, Skeleton},
    head::Head,
    hits::InConversations,
    more::ShowMore,
    row::SessionRow,
    rows::Rows,
    wanted::Wanted,
};
use crate::{
    api::{SessionList, list_sessions},
    browser,
    clock::clock,
    components::{
        icon::Icon,
        session_actions::{ActionDialogs, provide_actions},
        sign_in_first::SignInFirst,
        state::State,
        top_bar::TopBar,
    },
    live::{list::feed, socket::Connection},
    title::set_title,
    visitor::visitor,
    words,
};

#[component]
pub fn SessionsPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let asked = use_query_map();
    let wanted = Memo::new(move |_| asked.with(Wanted::of));
    let apart_from_repository = move || Wanted { repository: String::new(), ..wanted.get() };
    // Another repository is another choice of the same list: the field in which it was chosen stays.
    let list = Resource::new(apart_from_repository, move |Wanted { filter, query, most, .. }| {
        let repository = wanted.with_untracked(|wanted| wanted.repository.clone());
        list_sessions(filter, query, repository, Some(most))
    });
    let content = move || {
        Suspend::new(async move {
            match list.await {
                Ok(found) => view! { <Found found wanted/> }.into_any(),
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
            <Head wanted/>
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
fn Tabs(rows: Rows, wanted: Memo<Wanted>) -> impl IntoView {
    let tab = move |this: SessionFilter, name: &'static str, count: Signal<usize>| {
        let current = move || wanted.with(|wanted| wanted.filter == this).then_some("page");
        let href = move || Wanted { filter: this, most: LIST_PAGE, ..wanted.get() }.address();
        view! {
            <a href=href class="tab" aria-current=current>
                {name}
                <span class="font-normal text-text-3 tabular-nums" aria-hidden="true">
                    {count}
                </span>
            </a>
        }
    };
    let active = Signal::derive(move || rows.counts.get().active);
    let archived = Signal::derive(move || rows.counts.get().archived);
    view! {
        <div class="tabs">
            <nav class="tabs-links" aria-label="Filter">
                {tab(SessionFilter::Active, words::ACTIVE, active)}
                {tab(SessionFilter::Archived, words::ARCHIVED, archived)}
            </nav>
            <RepositoryFilter rows wanted/>
        </div>
    }
    .into_any()
}

/// Only where there are several to choose from, or one was chosen.
#[component]
fn RepositoryFilter(rows: Rows, wanted: Memo<Wanted>) -> impl IntoView {
    let navigate = StoredValue::new(use_navigate());
    let chosen = move || wanted.with(|wanted| wanted.repository.clone());
    let change = move |event| {
        let repository = event_target_value(&event);
        let to = Wanted { repository, ..wanted.get_untracked() }.address();
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate.with_value(|navigate| navigate(&to, options));
    };
    let option = move |name: String| {
        let (value, selected) = (name.clone(), name == untrack(chosen));
        view! { <option value=value selected=selected>{name}</option> }
    };
    let options = move || rows.repositories.get().into_iter().map(option).collect_view();
    view! {
        <Show when=move || rows.repositories.with(|names| names.len() > 1) || !chosen().is_empty()>
            <span class="select ml-auto">
                <select aria-label=words::REPOSITORY prop:value=chosen on:change=change>
                    <option value="">"All repositories"</option>
                    {options}
                </select>
                <Icon name="chevron-down" class="icon size-3.5"/>
            </span>
        </Show>
    }
    .into_any()
}

#[component]
fn Found(found: SessionList, wanted: Memo<Wanted>) -> impl IntoView {
    let Wanted { filter, query, .. } = wanted.get_untracked();
    let searched = !query.is_empty();
    let hits = found.found.clone();
    let has_hits = !hits.hits.is_empty();
    let repository = Memo::new(move |_| wanted.with(|wanted| wanted.repository.clone()));
    let rows = Rows::new(found, filter, searched, repository, clock());
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
        <Tabs rows wanted/>
        <p class="sr-only" role="status" data-connection=move || link.connection.get().slug()>
            {move || (link.connection.get() == Connection::Offline).then_some("Offline: the list may be out of date")}
        </p>
        {move || {
            problem.get().map(|sentence| view! { <p role="alert" class="strip strip-bad mx-3 mt-3">{sentence}</p> })
        }}
        <Show
            when=move || !is_empty()
            fallback=move || {
                if rows.loading.get() {
                    view! { <Skeleton/> }.into_any()
                } else {
                    view! { <Empty wanted=wanted.get() has_hits/> }.into_any()
                }
            }
        >
            <ul
                class="rows"
                aria-label=words::SESSIONS
                on:keydown=|event| browser::walk(&event, "a.row-link")
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
        <ShowMore rows wanted/>
        {has_hits.then(|| view! { <InConversations found=hits query/> })}
        <ActionDialogs/>
    }
    .into_any()
}
