//! The few things that are asked of the browser itself. Only effects and event handlers call these.

use js_sys::Date;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlElement};

use crate::{id, visitor::Theme};

pub fn now() -> i64 {
    Date::now() as i64
}

/// What local time is ahead of UTC, in milliseconds.
pub fn time_offset() -> i64 {
    -(Date::new_0().get_timezone_offset() as i64) * 60_000
}

/// Milliseconds since the page was opened, for animation.
pub fn frame_time() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

pub fn random_id() -> String {
    let mut bytes = [0; id::BYTES];
    let filled = window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    id::from_random(bytes)
}

/// `https://slipway.example`
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The id that the address ends in, behind `#`.
pub fn fragment() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix('#').filter(|id| !id.is_empty()).map(str::to_owned)
}

/// False: browsers have no clipboard on pages that are neither local nor encrypted.
pub fn copy(text: &str) -> bool {
    let can = js_sys::Reflect::has(&window().navigator(), &"clipboard".into()).unwrap_or(false);
    if can {
        let _ = window().navigator().clipboard().write_text(text);
    }
    can
}

/// Pins the colours for this page and the ones to come.
pub fn pin_theme(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", theme.slug());
    }
    let cookie = format!("theme={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.slug());
    let _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
}

pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}

/// Text goes into what has the focus, so keys are not commands.
pub fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        let name = element.tag_name();
        ["INPUT", "TEXTAREA", "SELECT"].contains(&name.as_str()) || element.has_attribute("contenteditable")
    })
}

/// A dialog, menu or list stands open and takes Escape for itself.
pub fn has_open_layer() -> bool {
    document().query_selector("dialog[open], [role=menu], [role=listbox]").is_ok_and(|layer| layer.is_some())
}
