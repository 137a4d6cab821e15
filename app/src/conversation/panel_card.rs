//! What may stand at the end of the conversation besides requests: what is being waited for, a plan that is ready, and why a
//! session failed.

use leptos::prelude::*;
use slipway_protocol::{Command, Mode, Phase, PromptId, Role};

use super::shown::Shown;
use crate::{
    browser,
    components::{
        icon::{Icon, Spinner},
        state::State,
    },
    session::{COMPOSER, Session},
    words,
};

/// What is being waited for while nothing is seen to happen: the checkout, a place, the agent's start, the model provider.
#[component]
pub fn Wait(shown: Shown) -> impl IntoView {
    let said = Memo::new(move |_| {
        shown.head.with(|head| {
            let waits = matches!(head.phase, Phase::Starting | Phase::WaitingForAgent | Phase::Retrying);
            waits.then(|| (head.phase, head.activity.clone())).filter(|(_, said)| !said.is_empty())
        })
    });
    move || {
        said.get().map(|(phase, said)| {
            let (class, sign) = match phase {
                Phase::Retrying => {
                    ("thin text-warn", view! { <Icon name="rotate-cw" class="icon size-3.5"/> }.into_any())
                }
                _ => ("thin", view! { <Spinner/> }.into_any()),
            };
            view! {
                <p class=class role="status">
                    {sign}
                    <span>{said}</span>
                </p>
            }
        })
    }
}

/// After a finished plan: the way on.
#[component]
pub fn PlanReady(shown: Shown) -> impl IntoView {
    let session: Session = expect_context();
    let ready = Memo::new(move |_| {
        let resting = shown
            .head
            .with(|head| head.mode == Mode::Plan && matches!(head.phase, Phase::Idle | Phase::Asleep));
        let last = shown.messages.with(|messages| messages.last().cloned());
        let planned = last.is_some_and(|last| {
            last.message.with(|message| {
                message.role == Role::Agent && message.mode == Mode::Plan && message.ended_at.is_some()
            })
        });
        let archived = shown.head.with(|head| head.archived_at.is_some());
        resting && planned && !archived && shown.queue.with(Vec::is_empty)
    });
    let build = move |_| {
        let prompt = Command::Prompt {
            prompt: PromptId::new(browser::random_id()),
            text: "Build this plan.".into(),
            mode: Some(Mode::Build),
            model: None,
            attachments: Vec::new(),
        };
        session.run(Command::SetMode { mode: Mode::Build });
        session.run(prompt);
    };
    view! {
        <Show when=move || ready.get()>
            <div class="plan-bar">
                <button type="button" class="btn btn-primary" on:click=build>
                    <Icon name="hammer"/>
                    {words::BUILD_THIS}
                </button>
                <button type="button" class="btn" on:click=|_| browser::focus(COMPOSER)>
                    {words::KEEP_PLANNING}
                </button>
                <span class="ml-auto t-meta text-text-3">"Nothing has been changed yet"</span>
            </div>
        </Show>
    }
    .into_any()
}

/// Why the session failed, what was kept, and the way on.
#[component]
pub fn Failure(shown: Shown) -> impl IntoView {
    let failure = Memo::new(move |_| {
        shown.head.with(|head| head.failure.clone().filter(|_| head.phase == Phase::Failed))
    });
    move || {
        failure.get().map(|failure| {
            let retry = failure.can_retry.then(|| view! { <Retry/> });
            if failure.blocks {
                view! { <Blocked>{retry}</Blocked> }.into_any()
            } else {
                view! {
                    <div role="alert">
                        <State icon="triangle-alert" title="The agent stopped working" sentence=failure.sentence bad=true>
                            {retry}
                        </State>
                    </div>
                }
                .into_any()
            }
        })
    }
}

/// The line above says what is wrong; this, that it is the person's turn.
#[component]
pub fn Blocked(children: Children) -> impl IntoView {
    view! {
        <div class="plan-bar" role="group" aria-label=words::WAITING_FOR_YOU>
            {children()}
            <a href="/settings" class="btn">
                {words::SETTINGS}
            </a>
            <span class="ml-auto t-meta text-text-3">"Nothing more is sent until then"</span>
        </div>
    }
    .into_any()
}

#[component]
fn Retry() -> impl IntoView {
    let session: Session = expect_context();
    view! {
        <button type="button" class="btn btn-primary" on:click=move |_| session.run(Command::Retry)>
            <Icon name="rotate-cw"/>
            {words::RETRY}
        </button>
    }
}
