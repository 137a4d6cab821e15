//! Lucide icons (ISC licence, see public/icons-licence.txt), inlined once per page as symbols.

use leptos::prelude::*;
use slipway_protocol::TaskStatus;

/// The symbols, each `<symbol id="i-NAME">`; made from lucide-static.
const SPRITE: &str = include_str!("icons.svg");

/// The last element of every page.
pub const SPRITE_ID: &str = "icons";

/// Goes once into every page, behind the application.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <div id=SPRITE_ID hidden aria-hidden="true" inner_html=SPRITE></div> }
}

/// An icon beside words; it says nothing by itself. One that changes is another one.
#[component]
pub fn Icon(
    name: &'static str,
    /// Size and colour; 16 px unless told.
    #[prop(default = "icon")]
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=class aria-hidden="true">
            <use href=format!("#i-{name}")></use>
        </svg>
    }
}

/// How a task of the agent's list stands, where nothing turns.
pub fn task_icon(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Pending => "circle",
        TaskStatus::InProgress => "circle-dot",
        TaskStatus::Completed => "circle-check",
        TaskStatus::Cancelled => "circle-slash",
    }
}

/// A ring that turns; its noun stands beside it.
#[component]
pub fn Spinner() -> impl IntoView {
    view! { <span class="spinner" aria-hidden="true"></span> }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_icon_that_is_used_is_in_the_sprite() {
        let sources = [
            include_str!("../conversation/sentence.rs"),
            include_str!("phase.rs"),
            include_str!("menu.rs"),
            include_str!("top_bar.rs"),
        ];
        let quoted = sources.iter().flat_map(|source| source.split("<Icon name=\"").skip(1));
        for name in quoted.filter_map(|rest| rest.split('"').next()) {
            assert!(super::SPRITE.contains(&format!("id=\"i-{name}\"")), "{name}");
        }
    }
}
