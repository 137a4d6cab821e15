//! Prompts that wait for their turn, above the composer.

use leptos::{html, prelude::*};
use slipway_protocol::{Command, Prompt, PromptId};
use web_sys::{KeyboardEvent, SubmitEvent};

use super::shown::Shown;
use crate::{browser, components::icon::Icon, session::Session, words};

#[component]
pub fn Queue(shown: Shown) -> impl IntoView {
    let order = Memo::new(move |_| {
        shown.queue.with(|queue| queue.iter().map(|prompt| prompt.id.clone()).collect::<Vec<_>>())
    });
    let pressed = keep_focus(order);
    view! {
        <Show when=move || shown.queue.with(|queue| !queue.is_empty())>
            <ul class="queue" aria-label=words::QUEUED_MESSAGES>
                <For
                    each=move || shown.queue.get()
                    key=|prompt| (prompt.id.clone(), prompt.text.clone())
                    children=move |prompt| view! { <Queued prompt order pressed/> }
                />
            </ul>
        </Show>
    }
    .into_any()
}

/// The id of a button that moves a message.
fn mover(prompt: &PromptId, up: bool) -> String {
    format!("{}-{prompt}", if up { "up" } else { "down" })
}

/// A message that moves takes the focus with it: to the button that was pressed, or at an end of the queue to the other.
fn keep_focus(order: Memo<Vec<PromptId>>) -> StoredValue<Option<(PromptId, bool)>> {
    let pressed = StoredValue::new(None::<(PromptId, bool)>);
    Effect::new(move |_| {
        let order = order.get();
        let Some((prompt, up)) = pressed.try_update_value(Option::take).flatten() else { return };
        let at_end = if up { order.first() } else { order.last() } == Some(&prompt);
        request_animation_frame(move || browser::focus(&mover(&prompt, up != at_end)));
    });
    pressed
}

#[component]
fn Queued(
    prompt: Prompt,
    order: Memo<Vec<PromptId>>,
    pressed: StoredValue<Option<(PromptId, bool)>>,
) -> impl IntoView {
    let session: Session = expect_context();
    let editing = RwSignal::new(false);
    let id = StoredValue::new(prompt.id);
    let text = StoredValue::new(prompt.text);
    let place = Memo::new(move |_| {
        order.with(|order| id.with_value(|id| order.iter().position(|held| held == id)).unwrap_or_default())
    });
    let is_first = move || place.get() == 0;
    let is_last = move || place.get() + 1 >= order.with(Vec::len);
    let shift = move |up: bool| {
        let place = place.get_untracked();
        let before = order
            .with_untracked(|order| order.get(if up { place.wrapping_sub(1) } else { place + 2 }).cloned());
        pressed.set_value(Some((id.get_value(), up)));
        session.run(Command::MovePrompt { prompt: id.get_value(), before });
    };
    let move_button = move |up: bool| {
        let (label, icon) = if up { (words::MOVE_UP, "arrow-up") } else { (words::MOVE_DOWN, "arrow-down") };
        view! {
            <button
                type="button"
                id=mover(&id.get_value(), up)
                // On a phone, where a row has little room, moving up is enough for every order.
                class=move || {
                    if up && !is_first() { "btn btn-ghost btn-small btn-icon" } else { "btn btn-ghost btn-small btn-icon max-md:hidden" }
                }
                aria-label=label
                disabled=move || if up { is_first() } else { is_last() }
                on:click=move |_| shift(up)
            >
                <Icon name=icon class="icon size-[15px]"/>
            </button>
        }
    };
    view! {
        <li class="queued">
            <Show
                when=move || editing.get()
                fallback=move || {
                    view! {
                        <Icon name="list-end" class="icon size-3.5 text-text-3 max-md:hidden"/>
                        {move || is_first().then(|| view! { <span class="tag max-md:hidden">"Next"</span> })}
                        <span class="queued-text">{text.get_value()}</span>
                        <button
                            type="button"
                            class="btn btn-ghost btn-small"
                            on:click=move |_| session.run(Command::SendNow { prompt: id.get_value() })
                        >
                            <Icon name="send" class="icon size-[15px] md:hidden"/>
                            <span class="max-md:sr-only">{words::SEND_NOW}</span>
                        </button>
                        {move_button(true)}
                        {move_button(false)}
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
