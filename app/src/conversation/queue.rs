//! Prompts that wait for their turn, above the composer.

use leptos::{html, prelude::*};
use slipway_protocol::{Command, Prompt, PromptId};
use web_sys::{KeyboardEvent, SubmitEvent};

use super::shown::Shown;
use crate::{components::icon::Icon, session::Session, words};

#[component]
pub fn Queue(shown: Shown) -> impl IntoView {
    let first = Memo::new(move |_| shown.queue.with(|queue| queue.first().map(|prompt| prompt.id.clone())));
    view! {
        <Show when=move || shown.queue.with(|queue| !queue.is_empty())>
            <ul class="queue" aria-label=words::QUEUED_MESSAGES>
                <For
                    each=move || shown.queue.get()
                    key=|prompt| (prompt.id.clone(), prompt.text.clone())
                    children=move |prompt| view! { <Queued prompt first/> }
                />
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Queued(prompt: Prompt, first: Memo<Option<PromptId>>) -> impl IntoView {
    let session: Session = expect_context();
    let editing = RwSignal::new(false);
    let id = StoredValue::new(prompt.id);
    let text = StoredValue::new(prompt.text);
    let is_first = move || first.with(|first| first.as_ref() == Some(&id.get_value()));
    view! {
        <li class="queued">
            <Show
                when=move || editing.get()
                fallback=move || {
                    view! {
                        <Icon name="list-end" class="icon size-3.5 text-text-3"/>
                        {move || is_first().then(|| view! { <span class="tag">"Next"</span> })}
                        <span class="t-label font-normal min-w-0 flex-1 truncate">{text.get_value()}</span>
                        <button
                            type="button"
                            class="btn btn-ghost btn-small"
                            on:click=move |_| session.run(Command::SendNow { prompt: id.get_value() })
                        >
                            {words::SEND_NOW}
                        </button>
                        <button
                            type="button"
                            class="btn btn-ghost btn-small btn-icon"
                            aria-label=words::EDIT
                            on:click=move |_| editing.set(true)
                        >
                            <Icon name="pencil" class="icon size-[15px]"/>
                        </button>
                        <button
                            type="button"
                            class="btn btn-ghost btn-small btn-icon"
                            aria-label=words::REMOVE
                            on:click=move |_| session.run(Command::RemovePrompt { prompt: id.get_value() })
                        >
                            <Icon name="x" class="icon size-[15px]"/>
                        </button>
                    }
                }
            >
                <Editor id text editing/>
            </Show>
        </li>
    }
    .into_any()
}

#[component]
fn Editor(id: StoredValue<PromptId>, text: StoredValue<String>, editing: RwSignal<bool>) -> impl IntoView {
    let session: Session = expect_context();
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.set_value(&text.get_value());
            let _ = field.focus();
        }
    });
    let save = move || {
        let Some(field) = field.get_untracked() else { return };
        let changed = field.value().trim().to_owned();
        if !changed.is_empty() && changed != text.get_value() {
            session.run(Command::EditPrompt { prompt: id.get_value(), text: changed });
        }
        editing.set(false);
    };
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.is_composing() => {
            event.prevent_default();
            save();
        }
        "Escape" if !event.is_composing() => {
            event.stop_propagation();
            editing.set(false);
        }
        _ => {}
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        save();
    };
    view! {
        <form class="flex min-w-0 flex-1 items-center gap-2 py-1" on:submit=submit>
            <textarea node_ref=field rows="2" class="field t-label font-normal min-w-0 flex-1" aria-label="New wording" on:keydown=keys></textarea>
            <button type="submit" class="btn btn-small">
                "Save"
            </button>
            <button type="button" class="btn btn-ghost btn-small" on:click=move |_| editing.set(false)>
                {words::CANCEL}
            </button>
        </form>
    }
}
