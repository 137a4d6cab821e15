//! The reading position: stays at the end while the reader is there, and where it is otherwise.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver, ScrollBehavior, ScrollToOptions};

/// So close to the end counts as at the end.
const NEAR: i32 = 48;

#[derive(Clone, Copy)]
pub struct Scroll {
    scroller: NodeRef<html::Div>,
    content: NodeRef<html::Div>,
    /// The reader is at the end and wants to stay there.
    pub at_end: RwSignal<bool>,
    /// The distance from the end to keep at the next change of height.
    kept: StoredValue<Option<i32>>,
    last_top: StoredValue<i32>,
}

impl Scroll {
    pub fn new(scroller: NodeRef<html::Div>, content: NodeRef<html::Div>) -> Self {
        let at_end = RwSignal::new(true);
        let scroll =
            Self { scroller, content, at_end, kept: StoredValue::new(None), last_top: StoredValue::new(0) };
        // With the frame that lays the page out anyway: reading a position before that would lay it out twice.
        Effect::new(move |_| {
            let owner = Owner::current();
            request_animation_frame(move || {
                if let Some(owner) = owner {
                    owner.with(|| scroll.start());
                }
            });
        });
        scroll
    }

    /// Until the program runs, the page lays the conversation out from its end (`column-reverse`), so that the end is
    /// what one sees. From here on it is laid out from its start, at the same place.
    fn start(self) {
        let scroller = self.scroller.try_get_untracked().flatten();
        let (Some(scroller), Some(content)) = (scroller, self.content.try_get_untracked().flatten()) else {
            return;
        };
        let from_end = -scroller.scroll_top();
        let _ = scroller.set_attribute("data-running", "");
        scroller.set_scroll_top(scroller.scroll_height() - scroller.client_height() - from_end);
        self.last_top.set_value(scroller.scroll_top());
        self.at_end.set(distance(&scroller) <= NEAR);
        let changed = Closure::<dyn FnMut()>::new(move || self.resized());
        let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) else { return };
        observer.observe(&content);
        observer.observe(&scroller);
        let held = StoredValue::new_local((observer, changed));
        on_cleanup(move || {
            let _ = held.try_with_value(|(observer, _)| observer.disconnect());
        });
    }

    /// To be called when the reader scrolls.
    pub fn note(self) {
        let Some(scroller) = self.scroller.try_get_untracked().flatten() else { return };
        let top = scroller.scroll_top();
        let moved_up = top < self.last_top.get_value();
        self.last_top.set_value(top);
        let near = distance(&scroller) <= NEAR;
        if near != self.at_end.get_untracked() && (near || moved_up) {
            self.at_end.set(near);
        }
    }

    /// What follows changes the height above or below on the reader's own wish: nothing may move under the pointer.
    pub fn hold(self) {
        self.at_end.set(false);
        request_animation_frame(move || self.note());
    }

    /// What follows puts text above: what is being read stays where it is.
    pub fn keep_place(self) {
        if let Some(scroller) = self.scroller.try_get_untracked().flatten() {
            self.kept.set_value(Some(scroller.scroll_height() - scroller.scroll_top()));
        }
    }

    /// Brings what has this id under the reader's eyes, and gives it the focus. False: it is not here.
    pub fn to_anchor(self, id: &str) -> bool {
        let Some(element) = document().get_element_by_id(id) else { return false };
        self.at_end.set(false);
        self.kept.set_value(None);
        element.scroll_into_view();
        let element = element.unchecked_into::<HtmlElement>();
        let _ = element.focus();
        self.note();
        true
    }

    pub fn to_end(self, behaviour: ScrollBehavior) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        self.at_end.set(true);
        let to = ScrollToOptions::new();
        to.set_top(f64::from(scroller.scroll_height()));
        to.set_behavior(behaviour);
        scroller.scroll_to_with_scroll_to_options(&to);
    }

    fn resized(self) {
        let Some(scroller) = self.scroller.try_get_untracked().flatten() else { return };
        if let Some(kept) = self.kept.get_value() {
            self.kept.set_value(None);
            scroller.set_scroll_top(scroller.scroll_height() - kept);
        } else if self.at_end.get_untracked() {
            scroller.set_scroll_top(scroller.scroll_height());
        }
        self.note();
    }
}

fn distance(scroller: &Element) -> i32 {
    scroller.scroll_height() - scroller.client_height() - scroller.scroll_top()
}

/// Copies the code of the block whose button was pressed, and says so on the button for a moment.
pub fn copy_code(target: Option<web_sys::EventTarget>) {
    let Some(element) = target.and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Ok(Some(button)) = element.closest("[data-copy]") else { return };
    let code =
        button.closest(".code").ok().flatten().and_then(|block| block.query_selector("code").ok().flatten());
    if let Some(text) = code.and_then(|code| code.dyn_into::<HtmlElement>().ok()?.text_content()) {
        crate::browser::copy(&text);
        let _ = button.set_attribute("data-copied", "");
        let forget = move || {
            let _ = button.remove_attribute("data-copied");
        };
        set_timeout(forget, std::time::Duration::from_millis(1_500));
    }
}
