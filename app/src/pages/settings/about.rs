//! What this installation is made of, and the keys of its pages.

use leptos::prelude::*;
use slipway_protocol::About;

use crate::{shortcuts::ShortcutTables, text::figures::span, visitor::visitor, words};

#[component]
pub fn Shortcuts() -> impl IntoView {
    view! {
        <section class="settings-part" aria-labelledby="shortcuts">
            <h2 id="shortcuts" class="t-heading">
                {words::KEYBOARD_SHORTCUTS}
            </h2>
            <ShortcutTables/>
        </section>
    }
}

#[component]
pub fn AboutSlipway(about: About) -> impl IntoView {
    let (version, host_mode) = visitor()
        .with_value(|visitor| (visitor.installation.version.clone(), visitor.installation.host_mode));
    let permissions =
        if about.asks { "Edits and commands ask first" } else { "Only leaving the checkout asks first" };
    let walls = if host_mode { words::WITHOUT_ISOLATION } else { "Agents run in a sandbox" };
    let rows = [
        ("Slipway", version),
        ("Agent", about.agent),
        ("Permissions", permissions.to_owned()),
        ("Isolation", walls.to_owned()),
        ("Agents at once", about.max_agents.to_string()),
        ("Idle agents stop after", span(about.idle_stop)),
        ("Idle sessions are archived after", span(about.archive_after)),
    ];
    let rows = rows.map(|(name, value)| {
        view! {
            <div class="setting">
                <dt class="setup-label">{name}</dt>
                <dd class="min-w-0 flex-1 wrap-anywhere">{value}</dd>
            </div>
        }
    });
    view! {
        <section class="settings-part" aria-labelledby="about">
            <h2 id="about" class="t-heading">
                {words::ABOUT}
            </h2>
            <dl>{rows.collect_view()}</dl>
        </section>
    }
    .into_any()
}
