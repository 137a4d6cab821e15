//! For the owner: who did what, when and from where; the newest first. Plain links and a plain form.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use slipway_protocol::{AuditEntry, AuditPage as Lines, Deed, Person, UserId};

use crate::{
    api::load_audit,
    clock::Moment,
    components::{
        icon::{Icon, Spinner},
        sign_in_first::SignInFirst,
        state::State,
        top_bar::TopBar,
    },
    percent,
    title::set_title,
    visitor::visitor,
    words,
};

const AUDIT_PAGE: &str = "/settings/audit";

#[component]
pub fn AuditPage() -> impl IntoView {
    if visitor().with_value(|visitor| visitor.person.is_none()) {
        return view! { <SignInFirst/> }.into_any();
    }
    let query = use_query_map();
    let of = move || query.with(|query| query.get("of")).filter(|of| !of.is_empty());
    let before =
        move || query.with(|query| query.get("before")).and_then(|before| before.parse::<i64>().ok());
    let page =
        Resource::new(move || (of(), before()), |(of, before)| load_audit(of.map(UserId::new), before));
    let content = move || {
        // Read here: after the wait nothing would follow the address.
        let (of, later) = (of(), before().is_some());
        Suspend::new(async move {
            match page.await {
                Ok(page) => view! { <Shown page of later/> }.into_any(),
                Err(problem) => view! {
                    <State icon="triangle-alert" title="There is nothing to see" sentence=problem.sentence() bad=true>
                        <a class="btn" href="/settings">
                            {words::SETTINGS}
                        </a>
                    </State>
                }
                .into_any(),
            }
        })
    };
    set_title(|| "Audit · Slipway".into());
    view! {
        <TopBar/>
        <main class="page-settings">
            <h1 class="start-title">{words::AUDIT}</h1>
            <Suspense fallback=|| view! { <p role="status" class="waits"><Spinner/>"Loading the audit"</p> }>
                {content}
            </Suspense>
        </main>
    }
    .into_any()
}

#[component]
fn Shown(page: Lines, of: Option<String>, later: bool) -> impl IntoView {
    let Lines { entries, next, people } = page;
    let empty = entries.is_empty();
    let lines = entries.into_iter().map(|entry| view! { <Line entry/> }).collect_view();
    let newest = later.then(|| address(of.as_deref(), None));
    let older = next.map(|next| address(of.as_deref(), Some(next)));
    view! {
        <section class="settings-part" aria-label=words::AUDIT>
            <Filter people of/>
            {empty.then(|| view! { <p class="t-body text-text-2">"Nobody did anything yet."</p> })}
            <ul aria-label=words::AUDIT>{lines}</ul>
            <div class="settings-all">
                {newest.map(|href| view! { <a class="btn" href=href>"Newest"</a> })}
                {older.map(|href| view! { <a class="btn" href=href>"Older"</a> })}
            </div>
        </section>
    }
}

#[component]
fn Filter(people: Vec<Person>, of: Option<String>) -> impl IntoView {
    let everybody = of.is_none();
    let options = people
        .into_iter()
        .map(|person| {
            let chosen = of.as_deref() == Some(person.id.as_str());
            view! { <option value=person.id.to_string() selected=chosen>{person.name}</option> }
        })
        .collect_view();
    view! {
        <form method="get" action=AUDIT_PAGE class="setting">
            <span class="select">
                <select name="of" aria-label="Person">
                    <option value="" selected=everybody>"Everybody"</option>
                    {options}
                </select>
                <Icon name="chevron-down" class="icon size-3.5"/>
            </span>
            <button type="submit" class="btn">
                "Show"
            </button>
        </form>
    }
}

#[component]
fn Line(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { at, who, from, deed, subject, .. } = entry;
    let who = who.map_or_else(|| unnamed(deed).to_owned(), |person| person.name);
    let from = from.map(|from| format!(" · from {from}"));
    let subject = (!subject.is_empty()).then(|| view! { " · " <code>{subject}</code> });
    view! {
        <li class="setting">
            <div class="min-w-0 flex-1">
                <p class="truncate">
                    <span class="font-medium">{who}</span>
                    " "
                    {did(deed)}
                </p>
                <p class="t-meta text-text-3">
                    <Moment at=at/>
                    {from}
                    {subject}
                </p>
            </div>
        </li>
    }
}

/// Who it was where nobody is named.
fn unnamed(deed: Deed) -> &'static str {
    match deed {
        Deed::SignInRefused | Deed::SetUp | Deed::SetUpRefused => "Somebody",
        _ => "Slipway",
    }
}

fn did(deed: Deed) -> &'static str {
    match deed {
        Deed::SignedIn => "signed in",
        Deed::SignInRefused => "was not let in",
        Deed::SignedOut => "signed out",
        Deed::SetUp => "set up GitHub",
        Deed::SetUpRefused => "had no right code for the set-up",
        Deed::ChangedKey => "changed the secret key",
        Deed::AddedProvider => "added the provider",
        Deed::RemovedProvider => "removed the provider",
        Deed::CreatedSession => "created a session",
        Deed::ArchivedSession => "archived a session",
        Deed::RestoredSession => "restored a session",
        Deed::DeletedSession => "deleted a session",
        Deed::AnsweredRequest => "answered a request",
        Deed::Delivered => "delivered a branch",
        Deed::Pushed => "pushed a branch",
        Deed::OpenedPullRequest => "opened a pull request",
        Deed::AllowedMachine => "let an agent reach a machine",
        Deed::RefusedMachine => "refused an agent a machine",
        Deed::TrustedRepository => "trusted a repository",
        Deed::DistrustedRepository => "left a repository’s configuration off",
    }
}

fn address(of: Option<&str>, before: Option<i64>) -> String {
    let of = of.map(|of| format!("of={}", percent::encode(of)));
    let before = before.map(|before| format!("before={before}"));
    let query: Vec<_> = of.into_iter().chain(before).collect();
    if query.is_empty() { AUDIT_PAGE.into() } else { format!("{AUDIT_PAGE}?{}", query.join("&")) }
}
