//! A person as one letter.

use leptos::prelude::*;

#[component]
pub fn Avatar(#[prop(into)] name: String) -> impl IntoView {
    let letter = name
        .chars()
        .find(|letter| letter.is_alphanumeric())
        .map_or('?', |letter| letter.to_ascii_uppercase());
    let tint =
        match name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % 4 {
            0 => "avatar avatar-violet",
            1 => "avatar avatar-green",
            2 => "avatar avatar-amber",
            _ => "avatar avatar-blue",
        };
    view! { <span class=tint aria-hidden="true">{letter}</span> }
}
