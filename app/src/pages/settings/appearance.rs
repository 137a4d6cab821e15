//! How Slipway looks on this device: colours, and what moves. Kept in cookies, so that the server renders the right ones at once.

use leptos::prelude::*;

use crate::{
    browser,
    visitor::{Motion, Theme, visitor},
    words,
};

#[component]
pub fn Appearance() -> impl IntoView {
    let theme = RwSignal::new(visitor().with_value(|visitor| visitor.theme));
    let motion = RwSignal::new(visitor().with_value(|visitor| visitor.motion));
    let pin_theme = move |pinned: Theme| {
        theme.set(pinned);
        visitor().update_value(|visitor| visitor.theme = pinned);
        browser::pin_theme(pinned);
    };
    let pin_motion = move |pinned: Motion| {
        motion.set(pinned);
        visitor().update_value(|visitor| visitor.motion = pinned);
        browser::pin_motion(pinned);
    };
    let themes = Theme::ALL.map(|this| {
        let chosen = Signal::derive(move || theme.get() == this);
        view! { <Radio name="theme" label=this.label() chosen pick=move |()| pin_theme(this)/> }
    });
    let motions = Motion::ALL.map(|this| {
        let chosen = Signal::derive(move || motion.get() == this);
        view! { <Radio name="motion" label=this.label() chosen pick=move |()| pin_motion(this)/> }
    });
    view! {
        <section class="settings-part" aria-labelledby="appearance">
            <h2 id="appearance" class="t-heading">
                {words::APPEARANCE}
            </h2>
            <p class="t-body text-text-2">"On this device."</p>
            <div class="setting">
                <span class="setup-label">{words::COLOURS}</span>
                <div role="radiogroup" aria-label=words::COLOURS class="radios">
                    {themes.collect_view()}
                </div>
            </div>
            <div class="setting">
                <span class="setup-label">{words::MOTION}</span>
                <div role="radiogroup" aria-label=words::MOTION class="radios">
                    {motions.collect_view()}
                </div>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Radio(
    name: &'static str,
    label: &'static str,
    chosen: Signal<bool>,
    #[prop(into)] pick: Callback<()>,
) -> impl IntoView {
    view! {
        <label class="setup-choice">
            <input type="radio" name=name prop:checked=chosen checked=chosen.get_untracked() on:change=move |_| pick.run(())/>
            {label}
        </label>
    }
}
