//! Lines added and removed, always with their sign.

use leptos::prelude::*;

use crate::text::figures::count;

#[component]
pub fn Changed(#[prop(into)] added: Signal<u32>, #[prop(into)] removed: Signal<u32>) -> impl IntoView {
    let figure = |sign: &'static str, number: Signal<u32>, class: &'static str| {
        move || {
            let number = number.get();
            (number > 0).then(|| view! { <span class=class>{sign}{count(u64::from(number))}</span> })
        }
    };
    view! {
        <span class="changed">
            {figure("+", added, "text-ok")} {figure("-", removed, "text-bad")}
        </span>
    }
}
