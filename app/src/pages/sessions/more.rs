//! The way to older sessions, below a list that is too long to come at once.

use leptos::{ev::MouseEvent, prelude::*, task::spawn_local};
use slipway_protocol::{LIST_PAGE, LONGEST_LIST};

use super::{rows::Rows, wanted::Wanted};
use crate::{
    api::list_sessions,
    browser,
    components::icon::{Icon, Spinner},
    words,
};

/// A link, so that it leads on before the program runs; with it the list grows where it stands.
#[component]
pub fn ShowMore(rows: Rows, wanted: Memo<Wanted>) -> impl IntoView {
    let most = RwSignal::new(wanted.get_untracked().most);
    let (loading, problem) = (rows.loading, RwSignal::new(None::<String>));
    let next =
        move || Wanted { most: most.get().saturating_add(LIST_PAGE).min(LONGEST_LIST), ..wanted.get() };
    let load = move |wider: Wanted| {
        loading.set(true);
        problem.set(None);
        spawn_local(async move {
            let Wanted { filter, query, repository, most: wider } = wider;
            let answer = list_sessions(filter, query, repository.clone(), Some(wider)).await;
            // Somebody may have gone elsewhere meanwhile, or chosen another repository.
            let is_wanted = wanted.try_with_untracked(|wanted| wanted.repository == repository);
            if is_wanted != Some(true) || loading.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(list) => {
                    let (is_all, shown) = (!list.more, rows.shown.with_untracked(Vec::len));
                    let grows = wider > most.get_untracked();
                    rows.widen(list);
                    most.set(wider);
                    // Nothing is left to ask for: whoever asked goes on with what came.
                    if is_all && grows {
                        request_animation_frame(move || browser::focus_among("a.row-link", shown));
                    }
                }
                Err(found) => problem.set(Some(found.sentence().to_owned())),
            }
        });
    };
    let chosen = Memo::new(move |_| wanted.with(|wanted| wanted.repository.clone()));
    // What is here of it is shown at once.
    Effect::watch(move || chosen.get(), move |_, _, _| load(wanted.get_untracked()), false);
    let ask = move |event: MouseEvent| {
        if browser::opens_elsewhere(&event) {
            return;
        }
        event.prevent_default();
        if !loading.get_untracked() {
            load(untrack(next));
        }
    };
    let at_the_end = move || most.get() >= LONGEST_LIST;
    view! {
        <Show when=move || rows.more.get()>
            <Show
                when=move || !at_the_end()
                fallback=|| view! { <p class="show-more t-meta">"Older sessions are found by searching."</p> }
            >
                <p class="show-more">
                    <a href=move || next().address() class="btn btn-ghost" on:click=ask>
                        <MoreMark loading/>
                        {words::SHOW_MORE}
                    </a>
                </p>
            </Show>
        </Show>
        {move || problem.get().map(|sentence| view! { <p role="alert" class="strip strip-bad mx-3">{sentence}</p> })}
    }
    .into_any()
}

/// Before the words that ask for more.
#[component]
pub fn MoreMark(loading: RwSignal<bool>) -> impl IntoView {
    move || {
        if loading.get() {
            view! { <Spinner/> }.into_any()
        } else {
            view! { <Icon name="history" class="icon size-3.5"/> }.into_any()
        }
    }
}
