//! What the person's agents have used today, and may use.

use leptos::prelude::*;
use slipway_protocol::Spending;

use crate::{
    text::figures::{cost, count},
    words,
};

#[component]
pub fn UsedToday(spending: Spending) -> impl IntoView {
    let Spending { today, most_tokens, most_cost_micros } = spending;
    let of = |most: Option<String>| most.map_or_else(String::new, |most| format!(" of {most}"));
    let rows = [
        ("Tokens", count(today.tokens) + &of(most_tokens.map(count))),
        ("Cost", cost(today.cost_micros) + &of(most_cost_micros.map(cost))),
    ];
    let rows = rows.map(|(name, value)| {
        view! {
            <div class="setting">
                <dt class="setup-label">{name}</dt>
                <dd class="min-w-0 flex-1 tabular-nums">{value}</dd>
            </div>
        }
    });
    view! {
        <section class="settings-part" aria-labelledby="used-today">
            <h2 id="used-today" class="t-heading">
                {words::USED_TODAY}
            </h2>
            <p class="t-body text-text-2">"By all of your sessions, since 00:00 UTC."</p>
            <dl>{rows.collect_view()}</dl>
        </section>
    }
    .into_any()
}
