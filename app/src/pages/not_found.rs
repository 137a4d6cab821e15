//! Nothing here.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{state::State, top_bar::TopBar},
    reply, words,
};

#[component]
pub fn NotFound() -> impl IntoView {
    reply::status(404);
    view! {
        <Title text="Not found"/>
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
