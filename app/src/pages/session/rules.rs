//! What this session lets its agent do, where that is not what the installation says.

use leptos::prelude::*;
use slipway_protocol::{Command, Place, Rules};

use crate::{components::icon::Icon, conversation::shown::Shown, session::Session, words};

#[component]
pub fn RulesPart(shown: Shown) -> impl IntoView {
    let rules = Memo::new(move |_| shown.head.with(|head| head.rules.clone()));
    let lines = move || {
        let Rules { asks, closed, also } = rules.get();
        let told = [
            (asks, "shield-question-mark", "Edits and commands ask first"),
            (closed, "lock", "Reaches no machine but those allowed here"),
        ];
        let told = told.into_iter().filter(|(holds, ..)| *holds).map(|(_, icon, sentence)| {
            view! {
                <li class="part-row">
                    <Icon name=icon/>
                    <span class="min-w-0 wrap-anywhere">{sentence}</span>
                </li>
            }
        });
        view! { {told.collect_view()} {also.into_iter().map(|place| view! { <Allowed place/> }).collect_view()} }
    };
    view! {
        <Show when=move || rules.with(|rules| *rules != Rules::default())>
            <section class="part">
                <h2 class="part-title">{words::RULES}</h2>
                <ul aria-label=words::RULES>{lines}</ul>
            </section>
        </Show>
    }
    .into_any()
}

#[component]
fn Allowed(place: Place) -> impl IntoView {
    let session: Session = expect_context();
    let name = place.to_string();
    let title = name.clone();
    let label = format!("No longer allow {name}");
    let take_back = move |_| session.run(Command::SetReach { place: place.clone(), allowed: false });
    view! {
        <li class="part-row" title=title>
            <Icon name="globe"/>
            <code class="t-code min-w-0 flex-1 truncate">{name}</code>
            <button type="button" class="btn btn-ghost btn-small btn-icon" aria-label=label on:click=take_back>
                <Icon name="x" class="icon size-[15px]"/>
            </button>
        </li>
    }
    .into_any()
}
