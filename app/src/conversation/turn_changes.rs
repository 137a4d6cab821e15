//! What a turn did to the files, below its answer, and the way to take that back.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::{Command, Role, TurnChanges};

use super::shown::{Shown, ShownMessage};
use crate::{
    ask::ask,
    components::{
        figures::Changed,
        icon::{Icon, Spinner},
    },
    session::Session,
    words,
};

#[component]
pub fn TurnChangesLine(message: ShownMessage) -> impl IntoView {
    let (session, shown): (Session, Shown) = (expect_context(), expect_context());
    let changes = {
        let message = message.message.clone();
        Memo::new(move |_| message.with(|message| message.changes))
    };
    let asking = RwSignal::new(false);
    let at_work = Memo::new(move |_| shown.head.with(|head| head.phase.is_busy()));
    let archived = Memo::new(move |_| shown.head.with(|head| head.archived_at.is_some()));
    let undone = move || changes.get().is_some_and(|changes| changes.undone);
    let of_discard = message.message.with_untracked(|message| message.role == Role::Notice);
    let undo = if of_discard { words::TAKE_BACK } else { words::UNDO_THIS_TURN };
    let answer = StoredValue::new(message.id);
    let turn_over = move |_| {
        let answer = answer.get_value();
        let command = if untrack(undone) { Command::Redo { answer } } else { Command::Undo { answer } };
        asking.set(true);
        spawn_local(async move {
            let told = ask(session.id(), command).await;
            asking.try_set(false);
            session.problem.try_set(told.err().map(|problem| problem.sentence().to_owned()));
        });
    };
    let figure = move |of: fn(TurnChanges) -> u32| Signal::derive(move || changes.get().map_or(0, of));
    let files = figure(|changes| changes.files);
    let icon = move || {
        if asking.get() {
            view! { <Spinner/> }.into_any()
        } else if undone() {
            view! { <Icon name="redo-2"/> }.into_any()
        } else {
            view! { <Icon name="undo-2"/> }.into_any()
        }
    };
    view! {
        <Show when=move || changes.get().is_some()>
            <p class="turn-changes" data-undone=move || undone().then_some("")>
                <Icon name="pencil"/>
                <span>
                    {move || if undone() { "Undone: " } else { "Changed " }}
                    {move || if files.get() == 1 { "1 file".to_owned() } else { format!("{} files", files.get()) }}
                </span>
                <Changed added=figure(|changes| changes.added) removed=figure(|changes| changes.removed)/>
                <button
                    type="button"
                    class="btn btn-ghost btn-small ml-auto"
                    hidden=move || archived.get()
                    disabled=move || asking.get() || at_work.get()
                    title=move || at_work.get().then_some("Wait until the agent has finished, or stop it.")
                    on:click=turn_over
                >
                    {icon}
                    {move || if undone() { words::REDO } else { undo }}
                </button>
            </p>
        </Show>
    }
    .into_any()
}
