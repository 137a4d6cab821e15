//! Modal dialogs. The browser's own element: it keeps the focus inside and gives it back, and closes with Escape.
//!
//! What is in one is made when it opens for the first time, so that no page waits for what nobody asked for.

use leptos::{html, prelude::*, text_prop::TextProp};

/// A dialog with a heading.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    id: &'static str,
    #[prop(into)] title: TextProp,
    children: ChildrenFn,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <Modal open id class="dialog" labelled_by=heading.clone()>
            <div class="p-5">
                <h2 id=heading.clone() class="t-heading">
                    {
                        let title = title.clone();
                        move || title.get()
                    }
                </h2>
                {children()}
            </div>
        </Modal>
    }
}

/// The bare dialog, named by `label` or by the element of the id `labelled_by`.
#[component]
pub fn Modal(
    open: RwSignal<bool>,
    id: &'static str,
    class: &'static str,
    #[prop(optional)] label: Option<&'static str>,
    #[prop(optional, into)] labelled_by: Option<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let was_opened = Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get());
    Effect::new(move |_| {
        // Both are asked: the opening that makes it comes before it.
        let (open, Some(dialog)) = (open.get(), node.get()) else { return };
        if open && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let close_outside = move |event: web_sys::MouseEvent| {
        let outside =
            node.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref()));
        if outside {
            open.set(false);
        }
    };
    // Told some time after it happened: it may be open again.
    let closed = move |_| {
        if node.get_untracked().is_some_and(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    let dialog = move || {
        view! {
            <dialog
                node_ref=node
                id=id
                class=class
                aria-label=label
                aria-labelledby=labelled_by.clone()
                on:cancel=move |_: leptos::ev::Event| open.set(false)
                on:close=closed
                on:click=close_outside
            >
                {children()}
            </dialog>
        }
    };
    move || was_opened.get().then(&dialog)
}
