//! Into a folder of this machine.

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::Command;

use crate::{
    ask::ask,
    components::icon::{Icon, Spinner},
    conversation::shown::Shown,
    session::Session,
    words,
};

/// Brings the branch into the folder that the session came from; nothing of the person's own is touched.
#[component]
pub fn Deliver(shown: Shown) -> impl IntoView {
    let session: Session = expect_context();
    let delivering = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<String, String>>);
    let deliver = move |_| {
        delivering.set(true);
        outcome.set(None);
        spawn_local(async move {
            let answer = ask(session.id(), Command::Deliver).await;
            let Some(branch) = shown.head.try_with_untracked(|head| head.branch.clone()) else { return };
            delivering.set(false);
            outcome.set(Some(match answer {
                Ok(()) => Ok(format!(
                    "{branch} is in the folder’s repository now. Your own branches were not touched."
                )),
                Err(problem) => Err(problem.sentence().to_owned()),
            }));
        });
    };
    view! {
        <section class="part">
            <button type="button" class="btn w-full" disabled=move || delivering.get() on:click=deliver>
                {move || {
                    if delivering.get() {
                        view! { <Spinner/> }.into_any()
                    } else {
                        view! { <Icon name="folder-down"/> }.into_any()
                    }
                }}
                {words::DELIVER}
            </button>
            <p class="t-meta mt-2 text-text-3" role="status">
                {move || match outcome.get() {
                    None => view! { "Puts the branch into the repository it came from." }.into_any(),
                    Some(Ok(sentence)) => view! { <span class="text-ok wrap-anywhere">{sentence}</span> }.into_any(),
                    Some(Err(sentence)) => view! { <span class="text-bad wrap-anywhere">{sentence}</span> }.into_any(),
                }}
            </p>
        </section>
    }
    .into_any()
}
