//! The scrolling conversation.

use leptos::{html, prelude::*, task::spawn_local};
use slipway_protocol::{Frame, MessageId};

use super::{
    message::MessageView,
    more::{Direction, JumpToLatest, More},
    panel_card::{Failure, PlanReady, Wait},
    requests::Requests,
    scroll::{Scroll, copy_code},
    shown::Shown,
};
use crate::{api::get_session, browser, hydration::piece::Piece, live::socket::Link, words};

#[component]
pub fn Log(shown: Shown, link: Link) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let content = NodeRef::<html::Div>::new();
    let scroll = Scroll::new(scroller, content);
    provide_context(scroll);
    provide_context(shown);
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
                    <More shown scroll link direction=Direction::Earlier/>
                    <For each=move || shown.messages.get() key=|message| message.id.clone() let(message)>
                        <Piece><MessageView message/></Piece>
                    </For>
                    <More shown scroll link direction=Direction::Later/>
                    <Wait shown/>
                    <Requests shown/>
                    <PlanReady shown/>
                    <Failure shown/>
                </div>
            </div>
            <JumpToLatest shown scroll/>
        </div>
    }
    .into_any()
}

/// A link to a message leads there, when the page opens and later; what is not loaded is brought with what is around it.
fn follow_links(shown: Shown, scroll: Scroll) {
    let go = move || {
        let Some(anchor) = browser::fragment() else { return };
        let Some(message) = anchor.strip_prefix("m-").map(MessageId::new) else { return };
        if scroll.to_anchor(&anchor) {
            return;
        }
        spawn_local(async move {
            let Ok(view) = get_session(shown.id(), Some(message.clone())).await else { return };
            if view.messages.iter().any(|held| held.message.id == message) {
                shown.apply(Frame::Snapshot { view: Box::new(view) });
                request_animation_frame(move || {
                    scroll.to_anchor(&anchor);
                });
            }
        });
    };
    Effect::new(move |_| request_animation_frame(go));
    let listener = window_event_listener(leptos::ev::hashchange, move |_| go());
    on_cleanup(move || listener.remove());
}
