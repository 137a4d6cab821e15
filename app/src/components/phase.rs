//! A phase: always glyph and word.

use leptos::prelude::*;
use slipway_protocol::Phase;

use super::icon::{Icon, Spinner};

/// What the glyph looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Glyph {
    Ring,
    Dot,
    Icon(&'static str),
}

fn glyph(phase: Phase) -> Glyph {
    match phase {
        Phase::WaitingForYou => Glyph::Dot,
        Phase::Idle => Glyph::Icon("circle-check"),
        Phase::Asleep => Glyph::Icon("moon"),
        Phase::Failed => Glyph::Icon("circle-x"),
        Phase::Retrying => Glyph::Icon("rotate-cw"),
        _ => Glyph::Ring,
    }
}

#[component]
pub fn PhaseLabel(#[prop(into)] phase: Signal<Phase>) -> impl IntoView {
    let glyph = Memo::new(move |_| glyph(phase.get()));
    view! {
        <span class="phase" data-phase=move || phase.get().slug()>
            {move || match glyph.get() {
                Glyph::Ring => view! { <Spinner/> }.into_any(),
                Glyph::Dot => view! { <span class="dot" aria-hidden="true"></span> }.into_any(),
                Glyph::Icon(name) => view! { <Icon name=name/> }.into_any(),
            }}
            <span>{move || phase.get().label()}</span>
        </span>
    }
}
