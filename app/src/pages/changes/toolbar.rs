//! What is compared and how it is shown. Both stand in the address, so that a reload and a link keep them.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use super::desk::Desk;
use crate::{components::icon::Icon, percent, words};

/// Whether the two sides stand beside one another.
pub fn is_split() -> Memo<bool> {
    let asked = use_query_map();
    Memo::new(move |_| asked.with(|asked| asked.get("view")).as_deref() == Some("split"))
}

fn address(desk: &Desk, turn: Option<&str>, split: bool) -> String {
    let turn = turn.filter(|turn| !turn.is_empty()).map(|turn| format!("turn={}", percent::encode(turn)));
    let view = split.then(|| "view=split".to_owned());
    let query = [turn, view].into_iter().flatten().collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/sessions/{}/changes{mark}{query}", desk.session.id())
}

#[component]
pub fn Toolbar(desk: Desk) -> impl IntoView {
    let split = is_split();
    let navigate = use_navigate();
    let keep = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
    let turn = desk.turn.get_value().map(|turn| turn.to_string()).unwrap_or_default();
    let choose = {
        let navigate = navigate.clone();
        move |event: web_sys::Event| {
            navigate(&address(&desk, Some(&event_target_value(&event)), split.get_untracked()), keep());
        }
    };
    let now = turn.clone();
    let button = move |name: &'static str, wanted: bool| {
        let (navigate, turn) = (navigate.clone(), now.clone());
        view! {
            <button
                type="button"
                class="switch-item"
                aria-pressed=move || (split.get() == wanted).to_string()
                on:click=move |_| navigate(&address(&desk, Some(&turn), wanted), keep())
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="changes-bar">
            <Scope desk turn choose=Callback::new(choose)/>
            <div class="switch changes-views" role="group" aria-label="View">
                {button(words::UNIFIED, false)} {button(words::SPLIT, true)}
            </div>
        </div>
    }
    .into_any()
}

/// The whole session, or one turn.
#[component]
fn Scope(desk: Desk, turn: String, choose: Callback<web_sys::Event>) -> impl IntoView {
    let options = move || {
        let turn = turn.clone();
        let turns = desk.turns.get().into_iter().map(move |offered| {
            let selected = offered.answer.as_str() == turn;
            view! {
                <option value=offered.answer.to_string() selected=selected>
                    {format!("Turn: {}", offered.asked)}
                </option>
            }
        });
        turns.collect_view()
    };
    view! {
        <span class="select">
            <select aria-label=words::COMPARE on:change=move |event| choose.run(event)>
                <option value="">{words::WHOLE_SESSION}</option>
                {options}
            </select>
            <Icon name="chevron-down" class="icon size-3.5"/>
        </span>
    }
}
