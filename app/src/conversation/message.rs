//! One message: a person's words, the agent's whole answer, or a thin line.

use leptos::prelude::*;
use slipway_protocol::{MessageId, PartId, Role, SessionId};

use super::{
    activity::{Activity, Reasoning},
    attached::Attached,
    message_actions::MessageActions,
    prose::Prose,
    segments::Kind,
    shown::ShownMessage,
    thin_line::ThinLine,
    turn_changes::TurnChangesLine,
};
use crate::{components::avatar::Avatar, percent, visitor::visitor, words};

#[component]
pub fn MessageView(message: ShownMessage) -> impl IntoView {
    match message.message.with_untracked(|message| message.role) {
        Role::User => view! { <FromPerson message/> }.into_any(),
        Role::Agent => view! { <FromAgent message/> }.into_any(),
        Role::Notice => {
            let id = anchor(&message.id);
            view! {
                <div id=id class="from-agent">
                    <Segments message=message.clone() below=None/>
                    <TurnChangesLine message/>
                </div>
            }
            .into_any()
        }
    }
}

/// Where a message stands in the page, and what a link to it ends in.
pub fn anchor(message: &MessageId) -> String {
    format!("m-{message}")
}

/// The address of a page that shows this message.
pub fn link_to(session: &SessionId, message: &MessageId) -> String {
    format!("/sessions/{session}?at={}#{}", percent::encode(message.as_str()), anchor(message))
}

#[component]
fn FromPerson(message: ShownMessage) -> impl IntoView {
    let author = message.message.with_untracked(|message| message.author.clone());
    let me = visitor().with_value(|visitor| visitor.person.as_ref().map(|person| person.id.clone()));
    let other = author.filter(|author| Some(&author.id) != me.as_ref()).map(|author| author.name);
    let initial =
        other.clone().or_else(|| visitor().with_value(|visitor| Some(visitor.person.as_ref()?.name.clone())));
    let name = other.unwrap_or_else(|| words::YOU.to_owned());
    let id = anchor(&message.id);
    let link = message.id.clone();
    let files = message.parts.clone();
    let parts = message.parts;
    let text = move || {
        let spoken = parts.get().into_iter().filter(|part| part.kind == Kind::Text);
        spoken.map(|part| part.text.get()).collect::<Vec<_>>().join("\n\n")
    };
    let given = move || {
        let given = files.get().into_iter().filter(|part| part.kind == Kind::Attachment).collect::<Vec<_>>();
        view! { <Attached parts=given/> }
    };
    let copied = Callback::new({
        let text = text.clone();
        move |()| untrack(&text)
    });
    view! {
        <article id=id tabindex="-1" aria-label=name class="from-person">
            <Avatar name=initial.unwrap_or_default()/>
            <p class="t-prose whitespace-pre-wrap wrap-anywhere">{text}</p>
            {given}
            <MessageActions message=link text=copied/>
        </article>
    }
    .into_any()
}

#[component]
fn FromAgent(message: ShownMessage) -> impl IntoView {
    let id = anchor(&message.id);
    let link = message.id.clone();
    let writing = {
        let message = message.message.clone();
        Memo::new(move |_| message.with(|message| message.ended_at.is_none()))
    };
    let text = Callback::new({
        let message = message.clone();
        move |()| message.prose()
    });
    view! {
        <article
            id=id
            tabindex="-1"
            aria-label=words::AGENT
            aria-busy=move || writing.get().to_string()
            class="from-agent"
        >
            <Segments message=message.clone() below=None/>
            <Show when=move || !writing.get()>
                <TurnChangesLine message=message.clone()/>
                <MessageActions message=link.clone() text/>
            </Show>
        </article>
    }
    .into_any()
}

/// What stands at the top of a message, or below the call of a sub-agent. Its type is named because it holds itself.
#[component]
pub fn Segments(message: ShownMessage, #[prop(into)] below: Option<PartId>) -> AnyView {
    let segments = Memo::new({
        let message = message.clone();
        move |_| message.segments(below.as_ref())
    });
    view! {
        <For
            each=move || segments.get()
            key=super::segments::Segment::key
            children=move |segment| {
                let key = segment.key();
                let first = message.part(&key.1);
                match (segment.kind, first) {
                    (Kind::Tools, _) => {
                        let parts = Memo::new(move |_| {
                            segments.with(|segments| {
                                let found = segments.iter().find(|segment| segment.key() == key);
                                found.map(|segment| segment.parts.clone()).unwrap_or_default()
                            })
                        });
                        view! { <Activity message=message.clone() parts/> }.into_any()
                    }
                    (Kind::Text, Some(part)) => view! { <Prose part/> }.into_any(),
                    (Kind::Reasoning, Some(part)) => view! { <Reasoning part/> }.into_any(),
                    (Kind::Notice, Some(part)) => view! { <ThinLine part/> }.into_any(),
                    (Kind::Attachment, _) | (_, None) => ().into_any(),
                }
            }
        />
    }
    .into_any()
}
