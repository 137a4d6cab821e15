//! A modal dialog. The browser's own element: it keeps the focus inside and gives it back, and closes with Escape.

use leptos::{html, prelude::*, text_prop::TextProp};

#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    id: &'static str,
    #[prop(into)] title: TextProp,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        if open.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
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
    view! {
        <dialog
            node_ref=node
            id=id
            class="dialog"
            aria-labelledby=labelled_by
            on:close=move |_| open.set(false)
            on:click=close_outside
        >
            <div class="p-5">
                <h2 id=heading class="t-heading">
                    {move || title.get()}
                </h2>
                {children()}
            </div>
        </dialog>
    }
}
