//! What happened and what was kept, between two hairlines; and where a person may now say more to it.

use leptos::prelude::*;
use slipway_protocol::{Command, Notice, PartBody, Place};

use super::shown::{Shown, ShownPart};
use crate::{components::icon::Icon, session::Session, words};

#[component]
pub fn ThinLine(part: ShownPart) -> impl IntoView {
    let refused = part.part.with_untracked(|part| match &part.body {
        PartBody::Refused { place } => Some(place.clone()),
        _ => None,
    });
    let (icon, class) = match part.part.with_untracked(|part| part.body.clone()) {
        PartBody::Notice { notice } => looks(notice),
        PartBody::Refused { .. } => ("circle-slash", "thin"),
        _ => looks(Notice::Information),
    };
    let text = part.text;
    view! {
        <div class=class>
            <Icon name=icon class="icon size-3.5"/>
            <span>{move || text.get()}</span>
            {refused.map(|place| view! { <Allow place/> })}
        </div>
    }
    .into_any()
}

fn looks(notice: Notice) -> (&'static str, &'static str) {
    match notice {
        Notice::Stopped => ("square", "thin"),
        Notice::Failed => ("circle-x", "thin text-bad"),
        Notice::Restarted => ("history", "thin"),
        Notice::Interrupted => ("rotate-ccw", "thin"),
        Notice::Delivered => ("git-branch", "thin"),
        Notice::Undone => ("undo-2", "thin"),
        Notice::Information => ("info", "thin"),
    }
}

/// Lets the agent reach the machine that it was refused.
#[component]
fn Allow(place: Place) -> impl IntoView {
    let (session, shown) = (expect_context::<Session>(), expect_context::<Shown>());
    let place = StoredValue::new(place);
    let allowed =
        Memo::new(move |_| shown.head.with(|head| place.with_value(|place| head.rules.also.contains(place))));
    let allow = move |_| session.run(Command::SetReach { place: place.get_value(), allowed: true });
    let archived = move || shown.head.with(|head| head.archived_at.is_some());
    view! {
        <Show when=move || !archived() fallback=|| ()>
            <Show when=move || allowed.get() fallback=move || view! {
                <button
                    type="button"
                    class="btn btn-small"
                    aria-description=place.with_value(Place::to_string)
                    on:click=allow
                >
                    {words::ALLOW_IN_SESSION}
                </button>
            }>
                <span class="text-text-2">"Allowed now."</span>
            </Show>
        </Show>
    }
    .into_any()
}
