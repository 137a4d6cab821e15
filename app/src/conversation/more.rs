//! What brings more of the conversation: the pages before and after what is shown, and its end.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Applied, Frame};
use web_sys::ScrollBehavior;

use super::{scroll::Scroll, shown::Shown};
use crate::{
    api::{get_session, load_newer, load_older},
    components::icon::{Icon, Spinner},
    live::socket::Link,
    session::Session,
    words,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Earlier,
    Later,
}

/// Brings the messages before the first one or after the last one, without moving what is being read.
#[component]
pub fn More(shown: Shown, scroll: Scroll, link: Link, direction: Direction) -> impl IntoView {
    let loading = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let load = move |_| {
        loading.set(true);
        spawn_local(async move {
            let page = match direction {
                Direction::Earlier => load_older(shown.id(), shown.first_ord()).await,
                Direction::Later => load_newer(shown.id(), shown.last_ord()).await,
            };
            match page {
                Ok(page) => {
                    problem.set(None);
                    let applied = if direction == Direction::Earlier {
                        scroll.keep_place();
                        shown.prepend(page)
                    } else {
                        scroll.hold();
                        shown.append(page)
                    };
                    if applied == Applied::Rejoin {
                        link.try_now();
                    }
                }
                Err(failed) => problem.set(Some(failed.sentence().to_owned())),
            }
            loading.set(false);
        });
    };
    let (there_are, name, class) = match direction {
        Direction::Earlier => (shown.has_older, words::LOAD_EARLIER, "flex flex-col items-center gap-1"),
        // "Jump to latest" floats over the end.
        Direction::Later => (shown.has_newer, words::LOAD_LATER, "flex flex-col items-center gap-1 pb-16"),
    };
    view! {
        <Show when=move || there_are.get()>
            <div class=class>
                <button type="button" class="btn btn-ghost" disabled=move || loading.get() on:click=load>
                    {move || {
                        if loading.get() {
                            view! { <Spinner/> }.into_any()
                        } else {
                            view! { <Icon name="history" class="icon size-3.5"/> }.into_any()
                        }
                    }}
                    {name}
                </button>
                <p role="alert" class="t-meta text-bad empty:hidden">
                    {move || problem.get()}
                </p>
            </div>
        </Show>
    }
    .into_any()
}

/// Goes to the end: by scrolling where it is loaded, else by loading it. Without the program it is a link.
#[component]
pub fn JumpToLatest(shown: Shown, scroll: Scroll) -> impl IntoView {
    let session: Session = expect_context();
    let jump = move || {
        if !shown.has_newer.get_untracked() {
            return scroll.to_end(ScrollBehavior::Smooth);
        }
        spawn_local(async move {
            match get_session(shown.id(), None).await {
                Ok(view) => {
                    shown.apply(Frame::Snapshot { view: Box::new(view) });
                    scroll.to_end(ScrollBehavior::Instant);
                }
                Err(problem) => session.problem.set(Some(problem.sentence().to_owned())),
            }
        });
    };
    Effect::new(move |before: Option<()>| {
        session.sent.track();
        if before.is_some() && shown.has_newer.get_untracked() {
            jump();
        }
    });
    let label = || {
        view! {
            <Icon name="arrow-down" class="icon size-3.5"/>
            {words::JUMP_TO_LATEST}
        }
    };
    view! {
        <Show when=move || shown.has_newer.get()>
            <a
                href=format!("/sessions/{}", session.id())
                role="button"
                class="btn jump"
                on:click=move |event| {
                    event.prevent_default();
                    jump();
                }
            >
                {label()}
            </a>
        </Show>
        <Show when=move || !shown.has_newer.get() && !scroll.at_end.get()>
            <button type="button" class="btn jump" on:click=move |_| jump()>
                {label()}
            </button>
        </Show>
    }
    .into_any()
}
