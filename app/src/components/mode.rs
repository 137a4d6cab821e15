//! Build or Plan.

use leptos::prelude::*;
use slipway_protocol::Mode;

use super::icon::Icon;
use crate::words;

/// Two radios that look like one switch; a plain pair of radios without scripts.
#[component]
pub fn ModeSwitch(mode: RwSignal<Mode>, #[prop(into)] chosen: Callback<Mode>) -> impl IntoView {
    let option = move |this: Mode, icon: &'static str| {
        view! {
            <label class="mode">
                <input
                    type="radio"
                    name="mode"
                    class="mode-input"
                    value=this.slug()
                    checked=mode.get_untracked() == this
                    prop:checked=move || mode.get() == this
                    on:change=move |_| {
                        mode.set(this);
                        chosen.run(this);
                    }
                />
                <Icon name=icon/>
                <span class="mode-name">{this.label()}</span>
            </label>
        }
    };
    view! {
        <div role="radiogroup" aria-label=words::MODE class="modes">
            {option(Mode::Build, "hammer")} {option(Mode::Plan, "list-todo")}
        </div>
    }
}
