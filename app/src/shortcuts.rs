//! The keys, told once for the help sheet and the settings.

use leptos::prelude::*;

/// Keys, and what they do. Those that are pressed together are parted by a blank.
pub const SHORTCUTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Everywhere",
        &[
            ("Ctrl K", "Open the command palette"),
            ("/", "Search"),
            ("?", "Show these shortcuts"),
            ("Esc", "Close what is open"),
        ],
    ),
    ("In lists", &[("↑ ↓", "Move"), ("Home End", "First, last"), ("↵", "Open")]),
    (
        "In a session",
        &[
            ("↵", "Send; queue while the agent is at work"),
            ("Shift ↵", "Break the line"),
            ("Ctrl ↵", "Stop the turn and send now"),
            ("Esc", "Stop the turn"),
            ("@", "Name a file of the checkout"),
            ("/", "Choose a command, at the beginning of a message"),
        ],
    ),
];

#[component]
pub fn ShortcutTables() -> impl IntoView {
    let table = |(title, keys): (&'static str, &'static [(&'static str, &'static str)])| {
        let row = |(keys, does): &(&'static str, &'static str)| {
            let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view();
            view! {
                <div class="shortcut">
                    <dt class="shortcut-keys">{keys}</dt>
                    <dd>{*does}</dd>
                </div>
            }
        };
        view! {
            <section>
                <h3 class="shortcut-title">{title}</h3>
                <dl>{keys.iter().map(row).collect_view()}</dl>
            </section>
        }
    };
    SHORTCUTS.into_iter().map(table).collect_view()
}
