//! Nothing here.

use leptos::prelude::*;

use crate::{
    components::{state::State, top_bar::TopBar},
    reply,
    title::set_title,
    words,
};

#[component]
pub fn NotFound() -> impl IntoView {
    reply::status(404);
    set_title(|| "Not found · Slipway".into());
    view! {
        <TopBar/>
        <main>
            <h1 class="sr-only">"Not found"</h1>
            <State icon="compass" title="There is nothing here" sentence="The address may be mistyped, or what stood here is gone.">
                <a href="/sessions" class="btn">
                    {words::BACK_TO_SESSIONS}
                </a>
            </State>
        </main>
    }
    .into_any()
}
