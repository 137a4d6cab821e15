//! What was said in any session and holds the words that are looked for.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Found, Hit, Role};

use super::more::MoreMark;
use crate::{api::search, clock::Moment, conversation::message::link_to, words};

#[component]
pub fn InConversations(found: Found, query: String) -> impl IntoView {
    let hits = RwSignal::new(found.hits);
    let next = RwSignal::new(found.next);
    let loading = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let query = StoredValue::new(query);
    let more = move |_| {
        loading.set(true);
        spawn_local(async move {
            match search(query.get_value(), next.get_untracked()).await {
                Ok(found) => {
                    problem.set(None);
                    // A message that is shown already may have another part further back.
                    hits.update(|hits| {
                        let new = |hit: &Hit| !hits.iter().any(|held| key(held) == key(hit));
                        let new: Vec<Hit> = found.hits.into_iter().filter(new).collect();
                        hits.extend(new);
                    });
                    next.set(found.next);
                }
                Err(failed) => problem.set(Some(failed.sentence().to_owned())),
            }
            loading.set(false);
        });
    };
    view! {
        <section class="hits">
            <h2 class="group-label">{words::IN_CONVERSATIONS}</h2>
            <ul aria-label=words::IN_CONVERSATIONS>
                <For each=move || hits.get() key=key children=move |hit| view! { <HitRow hit/> }/>
            </ul>
            <Show when=move || next.get().is_some()>
                <div class="show-more">
                    <button type="button" class="btn btn-ghost" disabled=move || loading.get() on:click=more>
                        <MoreMark loading/>
                        {words::SHOW_OLDER}
                    </button>
                </div>
            </Show>
            <p role="alert" class="t-meta text-bad empty:hidden">
                {move || problem.get()}
            </p>
        </section>
    }
    .into_any()
}

fn key(hit: &Hit) -> (String, String) {
    (hit.session.to_string(), hit.message.to_string())
}

#[component]
fn HitRow(hit: Hit) -> impl IntoView {
    let href = link_to(&hit.session, &hit.message);
    let role = match hit.role {
        Role::User => words::YOU,
        Role::Agent => words::AGENT,
        Role::Notice => words::NOTICE,
    };
    let pieces: Vec<_> = hit
        .snippet
        .into_iter()
        .map(|piece| {
            if piece.marked { view! { <mark>{piece.text}</mark> }.into_any() } else { piece.text.into_any() }
        })
        .collect();
    let at = Signal::stored(hit.at);
    view! {
        <li class="hit">
            <p class="hit-head">
                <a href=href class="row-link">
                    {hit.title}
                </a>
                {hit.archived.then(|| view! { <span class="hit-archived">{words::ARCHIVED}</span> })}
                <span class="row-time">
                    <Moment at/>
                </span>
            </p>
            <p class="hit-words">
                <span class="hit-role">{role}</span>
                " "
                {pieces}
            </p>
        </li>
    }
    .into_any()
}
