//! The scrolling conversation.

use leptos::{html, prelude::*, task::spawn_local};
use web_sys::ScrollBehavior;

use super::{
    message::MessageView,
    panel_card::{Failure, PlanReady},
    requests::Requests,
    scroll::{Scroll, copy_code},
    shown::Shown,
};
use crate::{
    api::load_older,
    browser,
    components::icon::{Icon, Spinner},
    words,
};

#[component]
pub fn Log(shown: Shown) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    let scroll = Scroll::new(scroller, content);
    provide_context(scroll);
    follow_links(shown, scroll);
    view! {
        <div class="relative flex min-h-0 flex-1 flex-col">
            <div
                node_ref=scroller
                class="scroller"
                role="log"
                aria-label=words::CONVERSATION
                tabindex="0"
                on:scroll=move |_| scroll.note()
                on:click=|event| copy_code(event.target())
            >
                <div node_ref=content class="conversation">
                    <Earlier shown scroll/>
                    <For each=move || shown.messages.get() key=|message| message.id.clone() let(message)>
                        <MessageView message/>
                    </For>
                    <Requests shown/>
                    <PlanReady shown/>
                    <Failure shown/>
                </div>
            </div>
            <Show when=move || !scroll.at_end.get()>
                <button type="button" class="btn jump" on:click=move |_| scroll.to_end(ScrollBehavior::Smooth)>
                    <Icon name="arrow-down" class="icon size-3.5"/>
                    {words::JUMP_TO_LATEST}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

/// A link to a message leads there, when the page opens and later; older messages are brought first where it needs that.
fn follow_links(shown: Shown, scroll: Scroll) {
    let go = move || {
        let Some(id) = browser::fragment().filter(|id| id.starts_with("m-")) else { return };
        spawn_local(async move {
            while !scroll.to_anchor(&id) && shown.has_older.try_get_untracked() == Some(true) {
                let Ok(older) = load_older(shown.id(), shown.first_ord()).await else { return };
                scroll.keep_place();
                shown.prepend(older);
            }
        });
    };
    Effect::new(move |_| request_animation_frame(go));
    let listener = window_event_listener(leptos::ev::hashchange, move |_| go());
    on_cleanup(move || listener.remove());
}

/// Brings the messages before the first one, without moving what is being read.
#[component]
fn Earlier(shown: Shown, scroll: Scroll) -> impl IntoView {
    let loading = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let load = move |_| {
        loading.set(true);
        spawn_local(async move {
            match load_older(shown.id(), shown.first_ord()).await {
                Ok(older) => {
                    problem.set(None);
                    scroll.keep_place();
                    shown.prepend(older);
                }
                Err(failed) => problem.set(Some(failed.sentence().to_owned())),
            }
            loading.set(false);
        });
    };
    view! {
        <Show when=move || shown.has_older.get()>
            <div class="flex flex-col items-center gap-1">
                <button type="button" class="btn btn-ghost" disabled=move || loading.get() on:click=load>
                    {move || {
                        if loading.get() {
                            view! { <Spinner/> }.into_any()
                        } else {
                            view! { <Icon name="history" class="icon size-3.5"/> }.into_any()
                        }
                    }}
                    {words::LOAD_EARLIER}
                </button>
                <p role="alert" class="t-meta text-bad empty:hidden">
                    {move || problem.get()}
                </p>
            </div>
        </Show>
    }
}
