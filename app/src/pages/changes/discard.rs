//! Asks before the changes of a file are discarded.

use leptos::{prelude::*, text_prop::TextProp};
use slipway_protocol::Command;

use super::desk::Desk;
use crate::{components::dialog::Dialog, words};

#[component]
pub fn DiscardDialog(desk: Desk) -> impl IntoView {
    let open = RwSignal::new(false);
    // The name stays while the dialog closes.
    let path = RwSignal::new(String::new());
    Effect::new(move |_| {
        let wanted = desk.discarding.get();
        open.set(wanted.is_some());
        if let Some(wanted) = wanted {
            path.set(wanted);
        }
    });
    Effect::new(move |_| {
        if !open.get() && desk.discarding.with_untracked(Option::is_some) {
            desk.discarding.set(None);
        }
    });
    let discard = move |_| {
        desk.session.run(Command::Discard { path: path.get_untracked() });
        desk.discarding.set(None);
    };
    let title = TextProp::from(move || format!("Discard changes to {}?", path.get()));
    view! {
        <Dialog open id="discard-file" title>
            <p class="t-body text-text-2 mt-2 wrap-anywhere">
                "The file goes back to how it was when the session began, and the agent is told with its next message. You can take this back in the conversation."
            </p>
            <div class="dialog-bar">
                <button type="button" class="btn" autofocus on:click=move |_| desk.discarding.set(None)>
                    {words::CANCEL}
                </button>
                <button type="button" class="btn btn-danger" on:click=discard>
                    {words::DISCARD}
                </button>
            </div>
        </Dialog>
    }
}
