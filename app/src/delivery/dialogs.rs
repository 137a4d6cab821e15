//! The two dialogs: what a push says, and what a pull request says.

use leptos::prelude::*;
use slipway_protocol::Command;
use web_sys::SubmitEvent;

use super::form::Form;
use crate::{
    components::{dialog::Dialog, icon::Spinner, sign_in_again::SignInAgain},
    conversation::shown::Shown,
    words,
};

#[component]
pub fn PushDialog(shown: Shown, form: Form, open: RwSignal<bool>) -> impl IntoView {
    let theirs = Memo::new(move |_| shown.head.with(|head| head.publishing.theirs.clone()));
    let push = move |replacing: Option<String>| {
        let message = form.message.get_untracked();
        form.ask(Command::Push { message, replacing }, move || {
            open.try_set(false);
        });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        push(None);
    };
    view! {
        <Dialog open id="push-branch" title=words::PUSH>
            <form on:submit=submit class="mt-3">
                <Text label=words::COMMIT_MESSAGE text=form.message rows=6/>
                <Refusal form/>
                <div class="dialog-bar">
                    <Cancel open/>
                    {move || {
                        theirs
                            .get()
                            .map(|commit| {
                                view! {
                                    <button
                                        type="button"
                                        class="btn btn-danger"
                                        disabled=move || form.asking.get()
                                        title="Replaces the commits on GitHub that this session does not have"
                                        on:click=move |_| push(Some(commit.clone()))
                                    >
                                        {words::PUSH_WITH_FORCE}
                                    </button>
                                }
                            })
                    }}
                    <Confirm form label=words::PUSH needs=form.message/>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
pub fn PullRequestDialog(form: Form, open: RwSignal<bool>) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let command = Command::OpenPullRequest {
            title: form.title.get_untracked(),
            body: form.body.get_untracked(),
            message: form.message.get_untracked(),
            draft: form.draft.get_untracked(),
        };
        form.ask(command, move || {
            open.try_set(false);
        });
    };
    view! {
        <Dialog open id="open-pull-request" title=words::OPEN_PULL_REQUEST>
            <form on:submit=submit class="mt-3">
                <label class="t-label block">
                    {words::TITLE}
                    <input
                        type="text"
                        class="field mt-1 w-full"
                        maxlength="256"
                        prop:value=move || form.title.get()
                        on:input=move |event| form.title.set(event_target_value(&event))
                    />
                </label>
                <Text label=words::DESCRIPTION text=form.body rows=10/>
                <Text label=words::COMMIT_MESSAGE text=form.message rows=4/>
                <label class="t-label mt-3 flex items-center gap-2">
                    <input
                        type="checkbox"
                        prop:checked=move || form.draft.get()
                        on:change=move |event| form.draft.set(event_target_checked(&event))
                    />
                    {words::DRAFT}
                </label>
                <Refusal form/>
                <div class="dialog-bar">
                    <Cancel open/>
                    <Confirm form label=words::OPEN_PULL_REQUEST needs=form.title/>
                </div>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Text(label: &'static str, text: RwSignal<String>, rows: u32) -> impl IntoView {
    view! {
        <label class="t-label mt-3 block">
            {label}
            <textarea
                class="field mt-1 w-full"
                rows=rows
                prop:value=move || text.get()
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        </label>
    }
    .into_any()
}

#[component]
fn Refusal(form: Form) -> impl IntoView {
    view! {
        <p class="t-meta mt-3 text-bad wrap-anywhere" role="alert">
            {move || form.problem.with(|problem| problem.as_ref().map(|problem| problem.sentence().to_owned()))}
        </p>
        <Show when=move || form.problem.with(Option::is_some) && form.signed_out.get()>
            <SignInAgain leave=form.leave()/>
        </Show>
    }
}

#[component]
fn Cancel(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="btn" on:click=move |_| open.set(false)>
            {words::CANCEL}
        </button>
    }
}

#[component]
fn Confirm(form: Form, label: &'static str, needs: RwSignal<String>) -> impl IntoView {
    let missing =
        move || needs.with(|text| text.trim().is_empty()) || form.message.with(|text| text.trim().is_empty());
    view! {
        <button type="submit" class="btn btn-primary" disabled=move || form.asking.get() || missing()>
            {move || form.asking.get().then(|| view! { <Spinner/> })}
            {label}
        </button>
    }
    .into_any()
}
