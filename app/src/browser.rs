//! The few things that are asked of the browser itself. Only effects and event handlers call these.

use js_sys::Date;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, File, HtmlDocument, HtmlElement, KeyboardEvent, MouseEvent, RequestInit, Response, Storage,
};

use crate::{
    components::combobox::choices::{Move, moved},
    id,
    visitor::{Motion, Theme},
};

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
    pin("theme", theme.slug());
}

/// The same for what moves.
pub fn pin_motion(motion: Motion) {
    pin("motion", motion.slug());
}

fn pin(name: &str, slug: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(&format!("data-{name}"), slug);
    }
    let cookie = format!("{name}={slug}; Path=/; Max-Age=31536000; SameSite=Lax");
    let _ = document().unchecked_into::<HtmlDocument>().set_cookie(&cookie);
}

pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

pub fn focus(id: &str) {
    find_focus(id);
}

/// False: there is nothing of this id.
pub fn find_focus(id: &str) -> bool {
    let element = document().get_element_by_id(id);
    element.is_some_and(|element| element.unchecked_into::<HtmlElement>().focus().is_ok())
}

/// Focuses the one at this place, counted from 0.
pub fn focus_among(selector: &str, place: usize) {
    let all = document().query_selector_all(selector).ok();
    let element = all.and_then(|all| all.item(u32::try_from(place).ok()?));
    if let Some(element) = element {
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}

/// The click on a link is meant for another tab or window.
pub fn opens_elsewhere(event: &MouseEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.shift_key()
}

/// Scrolls no further than it takes.
pub fn into_view(element: &Element) {
    let nearest = web_sys::ScrollIntoViewOptions::new();
    nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&nearest);
}

/// Arrow keys walk through the links of a list, Home and End go to its ends.
pub fn walk(event: &KeyboardEvent, links: &str) {
    let list = event.current_target().and_then(|list| list.dyn_into::<Element>().ok());
    let found = list.and_then(|list| list.query_selector_all(links).ok());
    let step = match event.key().as_str() {
        "ArrowDown" => Move::Down,
        "ArrowUp" => Move::Up,
        "Home" => Move::First,
        "End" => Move::Last,
        _ => return,
    };
    let Some(found) = found.filter(|_| !event.default_prevented() && !is_typing()) else { return };
    let active = document().active_element();
    let at = (0..found.length()).position(|at| found.item(at).as_ref() == active.as_ref().map(AsRef::as_ref));
    let to = moved(at, found.length() as usize, step).and_then(|to| found.item(to as u32));
    if let Some(link) = to.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        event.prevent_default();
        let _ = link.focus();
    }
}

/// Text goes into what has the focus, so keys are not commands.
pub fn is_typing() -> bool {
    // A dialog that was just closed holds the focus until the next frame.
    const GONE: &str = "dialog:not([open])";
    document().active_element().is_some_and(|element| {
        let name = element.tag_name();
        let takes_text = ["INPUT", "TEXTAREA", "SELECT"].contains(&name.as_str());
        (takes_text || element.has_attribute("contenteditable"))
            && element.closest(GONE).is_ok_and(|dialog| dialog.is_none())
    })
}

/// A dialog, menu or list stands open and takes Escape for itself.
pub fn has_open_layer() -> bool {
    // The palette keeps its list while it is closed.
    const LAYERS: &str = "dialog[open], [role=menu], [role=listbox]:not(dialog *)";
    document().query_selector(LAYERS).is_ok_and(|layer| layer.is_some())
}

/// The side panel stands beside the conversation, as the style sheet has it.
pub fn is_wide() -> bool {
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    width.is_some_and(|width| width >= 1024.0)
}

/// The browser's own store; none where it is switched off.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Kept on this device only, until it is forgotten.
pub fn keep(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(name, text);
    }
}

pub fn recall(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten().filter(|text| !text.is_empty())
}

pub fn forget(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(name);
    }
}

/// Brings a file to the server; the answer's text, or a sentence that says why not.
pub async fn put_file(address: &str, file: &File) -> Result<String, String> {
    let init = RequestInit::new();
    init.set_method("PUT");
    init.set_body(file);
    let unreachable = |_: JsValue| "The server can't be reached. Try again.".to_owned();
    let answer =
        JsFuture::from(window().fetch_with_str_and_init(address, &init)).await.map_err(unreachable)?;
    let answer: Response = answer.unchecked_into();
    let text = JsFuture::from(answer.text().map_err(unreachable)?).await.map_err(unreachable)?;
    let text = text.as_string().unwrap_or_default();
    if answer.ok() { Ok(text) } else { Err(sentence_of(&text)) }
}

/// What the server says of an error.
fn sentence_of(answer: &str) -> String {
    serde_json::from_str::<slipway_protocol::ApiError>(answer)
        .map_or_else(|_| "The server did not take it. Try again.".into(), |error| error.sentence)
}

/// What is held over the page are files, not a piece of it.
pub fn drags_files(event: &web_sys::DragEvent) -> bool {
    event.data_transfer().is_some_and(|held| held.types().includes(&"Files".into(), 0))
}

/// Whether that worked is nobody's concern.
pub async fn delete(address: &str) {
    let init = RequestInit::new();
    init.set_method("DELETE");
    let _ = JsFuture::from(window().fetch_with_str_and_init(address, &init)).await;
}
