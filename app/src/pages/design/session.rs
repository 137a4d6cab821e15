//! What a session shows besides its conversation: thin lines, what tools did, what waits for a person, the queue, and how a push ended.

use leptos::{context::Provider, prelude::*};
use slipway_protocol::{Failure, PartId, Phase, SessionHead};

use super::{Part, samples};
use crate::{
    conversation::{activity::Activity, panel_card, queue::Queue, shown::Shown, thin_line::ThinLine},
    delivery::{form::Form, publish::LastPush},
    session::Session,
    trust::{TrustLine, TrustQuestion, provide_trust},
};

#[component]
pub fn SessionParts() -> impl IntoView {
    view! {
        <Part title="Thin lines">
            <Sample render=|shown| view! { <Lines shown/> }.into_any()/>
        </Part>
        <Part title="What tools did">
            <Sample render=|shown| view! { <Work shown/> }.into_any()/>
        </Part>
        <Part title="What a repository brings for the agent">
            <Sample render=|_| view! { <div class="trust"><TrustQuestion host=false/></div> }.into_any()/>
            <Sample
                change=|head| head.configuration = samples::found(7)
                render=|_| view! { <div class="trust"><TrustQuestion host=true/></div> }.into_any()
            />
            <TrustLines/>
        </Part>
        <Part title="What a person must mend">
            <Sample change=refused render=|shown| view! { <panel_card::Failure shown/> }.into_any()/>
            <Sample change=not_fetched render=|shown| view! { <panel_card::Failure shown/> }.into_any()/>
        </Part>
        <Part title="What is being waited for">
            <Sample change=in_line render=|shown| view! { <panel_card::Wait shown/> }.into_any()/>
            <Sample change=retrying render=|shown| view! { <panel_card::Wait shown/> }.into_any()/>
        </Part>
        <Part title="Messages that wait">
            <Sample render=|shown| view! { <Queue shown/> }.into_any()/>
        </Part>
        <Part title="How a push ended">
            <Pushes/>
        </Part>
    }
    .into_any()
}

/// A made-up session around what shows it.
#[component]
fn Sample(
    #[prop(optional)] change: Option<fn(&mut SessionHead)>,
    /// Whether its repository is trusted.
    #[prop(default = None)]
    decided: Option<bool>,
    render: fn(Shown) -> AnyView,
) -> impl IntoView {
    let mut view = samples::view();
    if let Some(change) = change {
        change(&mut view.head);
    }
    let session = Session::new(view.head.id.clone());
    let shown = Shown::new(view);
    view! {
        <Provider value=session>
            {
                provide_context(shown);
                provide_trust(shown, session, Ok(decided));
                render(shown)
            }
        </Provider>
    }
    .into_any()
}

#[component]
fn Lines(shown: Shown) -> impl IntoView {
    let parts = shown.messages.with_untracked(|messages| messages[0].parts.get_untracked());
    let lines = parts.into_iter().map(|part| view! { <ThinLine part/> });
    view! { <div class="from-agent">{lines.collect_view()}</div> }
}

/// Each call by itself, then all that are over as one line.
#[component]
fn Work(shown: Shown) -> impl IntoView {
    let message = shown.messages.with_untracked(|messages| messages[1].clone());
    let all: Vec<PartId> =
        message.parts.with_untracked(|parts| parts.iter().map(|part| part.id.clone()).collect());
    let is_over = |id: &&PartId| {
        message.part(id).and_then(|part| message.call(&part)).is_some_and(|call| !call.is_running())
    };
    let over: Vec<PartId> = untrack(|| all.iter().filter(is_over).cloned().collect());
    let runs = all.into_iter().map(|id| vec![id]).chain([over]);
    let lines = runs.map(|run| view! { <Activity message=message.clone() parts=Signal::stored(run)/> });
    view! { <div class="from-agent">{lines.collect_view()}</div> }
}

/// Off, on, and each about to change.
#[component]
fn TrustLines() -> impl IntoView {
    let line = |_| view! { <TrustLine/> }.into_any();
    let on = |head: &mut SessionHead| head.configuration.in_force = true;
    view! {
        <Sample decided=Some(false) render=line/>
        <Sample decided=Some(true) render=line/>
        <Sample decided=Some(true) change=on render=line/>
        <Sample decided=Some(false) change=on render=line/>
    }
    .into_any()
}

fn in_line(head: &mut SessionHead) {
    head.phase = Phase::WaitingForAgent;
    head.activity = "Waits for a place among the running agents: number 3 in line".into();
}

fn retrying(head: &mut SessionHead) {
    head.phase = Phase::Retrying;
    head.activity = "The model provider failed (“Overloaded”). Trying again in 8 s (attempt 2).".into();
}

fn refused(head: &mut SessionHead) {
    head.phase = Phase::Failed;
    head.failure = Some(Failure { sentence: samples::REFUSED_KEY.into(), can_retry: true, blocks: true });
}

fn not_fetched(head: &mut SessionHead) {
    let sentence = "The repository could not be fetched in 35 minutes. Your message is kept.".into();
    head.phase = Phase::Failed;
    head.failure = Some(Failure { sentence, can_retry: true, blocks: false });
}

#[component]
fn Pushes() -> impl IntoView {
    let render = |shown| view! { <Pushed shown/> }.into_any();
    view! {
        <Sample change=|head| head.publishing = samples::push_under_way() render/>
        <Sample change=|head| head.publishing = samples::push_refused() render/>
        <Sample change=|head| head.publishing = samples::push_signed_out() render/>
    }
    .into_any()
}

#[component]
fn Pushed(shown: Shown) -> impl IntoView {
    let publishing = Memo::new(move |_| shown.head.with(|head| head.publishing.clone()));
    view! { <LastPush publishing form=Form::new(expect_context(), shown)/> }
}
