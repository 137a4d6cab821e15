//! A button that opens a menu.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{FocusEvent, HtmlElement, KeyboardEvent, Node};

use super::icon::Icon;

/// Lets an item close the menu it stands in.
#[derive(Clone, Copy)]
struct Closer(Callback<()>);

#[component]
pub fn Menu(
    label: &'static str,
    /// Looks of the button.
    #[prop(default = "btn btn-ghost btn-icon")]
    class: &'static str,
    /// Where the list stands: below to the right, unless told.
    #[prop(default = "menu right-0")]
    list: &'static str,
    /// What the button shows.
    trigger: ViewFn,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let panel = NodeRef::<html::Div>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.try_get_untracked().flatten() {
            let _ = button.focus();
        }
    };
    provide_context(Closer(Callback::new(move |()| close())));
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            focus_item(&panel, Step::First);
        }
    });
    let keys = move |event: KeyboardEvent| {
        let Some(panel) = panel.get_untracked() else { return };
        let step = match event.key().as_str() {
            "ArrowDown" => Step::Next,
            "ArrowUp" => Step::Previous,
            "Home" => Step::First,
            "End" => Step::Last,
            "Escape" | "Tab" => {
                event.stop_propagation();
                if event.key() == "Escape" {
                    event.prevent_default();
                }
                return close();
            }
            _ => return,
        };
        event.prevent_default();
        focus_item(&panel, step);
    };
    let leave = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        let inside = panel.try_get_untracked().flatten().is_some_and(|panel| panel.contains(to.as_ref()));
        let on_button = to.as_ref() == button.try_get_untracked().flatten().as_ref().map(AsRef::as_ref);
        if !inside && !on_button {
            open.set(false);
        }
    };
    let children = StoredValue::new(children);
    view! {
        <div class="relative inline-flex">
            <button
                node_ref=button
                type="button"
                class=class
                aria-label=label
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {trigger.run()}
            </button>
            <Show when=move || open.get()>
                <div node_ref=panel class=list role="menu" aria-label=label on:keydown=keys on:focusout=leave>
                    {children.with_value(|children| children())}
                </div>
            </Show>
        </div>
    }
}

/// One line of a menu.
#[component]
pub fn MenuItem(
    icon: &'static str,
    #[prop(into)] label: Signal<&'static str>,
    #[prop(optional)] danger: bool,
    #[prop(into)] chosen: Callback<()>,
) -> impl IntoView {
    let Closer(close) = expect_context();
    let click = move |_: ev::MouseEvent| {
        close.run(());
        chosen.run(());
    };
    view! {
        <button type="button" role="menuitem" tabindex="-1" class="menu-item" class:text-bad=danger on:click=click>
            <Icon name=icon/>
            {label}
        </button>
    }
}

#[derive(Clone, Copy)]
enum Step {
    First,
    Last,
    Next,
    Previous,
}

/// Moves the focus among the items, around the ends.
fn focus_item(panel: &HtmlElement, step: Step) {
    let Ok(found) = panel.query_selector_all("[role^=menuitem]") else { return };
    let items: Vec<HtmlElement> =
        (0..found.length()).filter_map(|at| found.item(at)).map(JsCast::unchecked_into).collect();
    let active = document().active_element();
    let now = items.iter().position(|item| active.as_deref() == Some(item));
    let at = match (step, now) {
        (Step::Last, _) | (Step::Previous, None | Some(0)) => items.len().saturating_sub(1),
        (Step::Previous, Some(now)) => now - 1,
        (Step::Next, Some(now)) if now + 1 < items.len() => now + 1,
        _ => 0,
    };
    if let Some(item) = items.get(at) {
        let _ = item.focus();
    }
}
