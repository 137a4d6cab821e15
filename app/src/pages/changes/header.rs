//! The bar of the page: the session, and the way to its conversation.

use leptos::prelude::*;

use crate::{
    components::{icon::Icon, phase::PhaseLabel, top_bar::Notice},
    conversation::shown::Shown,
    live::socket::Link,
    pages::session::header::ConnectionState,
    words,
};

#[component]
pub fn Header(shown: Shown, link: Link) -> impl IntoView {
    let phase = Signal::derive(move || shown.head.with(|head| head.phase));
    let address = format!("/sessions/{}", shown.id());
    view! {
        <header class="bar session-bar">
            <a href="/sessions" class="btn btn-ghost btn-icon -ml-2" aria-label=words::BACK_TO_SESSIONS>
                <Icon name="arrow-left" class="icon size-[18px]"/>
            </a>
            <div class="session-title">
                <p class="t-body min-w-0 truncate font-semibold">{move || shown.head.with(|head| head.title.clone())}</p>
                <div class="session-phase">
                    <PhaseLabel phase/>
                </div>
            </div>
            <div class="ml-auto"></div>
            <ConnectionState link/>
            <Notice/>
            <nav class="switch" aria-label="Views of the session">
                <a href=address.clone() class="switch-item">
                    {words::CONVERSATION}
                </a>
                <a href=format!("{address}/changes") class="switch-item" aria-current="page">
                    {words::CHANGES}
                </a>
            </nav>
        </header>
    }
    .into_any()
}
