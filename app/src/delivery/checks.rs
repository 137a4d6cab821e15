//! What was checked of the pull request.

use leptos::prelude::*;
use slipway_protocol::{Check, CheckState};

use super::{
    fix::{FixButton, Fixing},
    watch::Watch,
};
use crate::{
    components::icon::{Icon, Spinner},
    words,
};

#[component]
pub fn Checks(watch: Watch, fixing: Fixing) -> impl IntoView {
    let checks = Memo::new(move |_| {
        watch.view.with(|view| view.as_ref().map(|view| view.checks.clone()).unwrap_or_default())
    });
    let items = move || checks.get().into_iter().map(|check| view! { <Line check fixing/> }).collect_view();
    view! {
        <Show when=move || checks.with(|checks| !checks.is_empty())>
            <h3 class="part-title mt-2">{words::CHECKS}</h3>
            <ul aria-label=words::CHECKS>{items}</ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Line(check: Check, fixing: Fixing) -> impl IntoView {
    let Check { name, state, url, finding } = check;
    let (class, glyph) = match state {
        CheckState::Waiting => ("flex", view! { <Icon name="circle"/> }.into_any()),
        CheckState::Running => ("flex", view! { <Spinner/> }.into_any()),
        CheckState::Passed => ("flex text-ok", view! { <Icon name="circle-check"/> }.into_any()),
        CheckState::Failed => ("flex text-bad", view! { <Icon name="circle-x"/> }.into_any()),
        CheckState::Skipped => ("flex", view! { <Icon name="circle-slash"/> }.into_any()),
    };
    let named = match url {
        Some(url) => view! {
            <a href=url target="_blank" rel="noopener noreferrer" class="min-w-0 truncate">
                {name}
            </a>
        }
        .into_any(),
        None => view! { <span class="min-w-0 truncate">{name}</span> }.into_any(),
    };
    view! {
        <li class="check" data-state=state.slug()>
            <p class="part-row">
                <span class=class>{glyph}</span>
                {named}
                <span class="ml-auto shrink-0 text-text-3">{state.label()}</span>
            </p>
            {(state == CheckState::Failed).then(|| view! { <FixButton fixing finding/> })}
        </li>
    }
    .into_any()
}
