//! A sub-agent: what it was told, and its own conversation, inside the call that started it.

use leptos::prelude::*;
use serde_json::Value;
use slipway_protocol::ToolCall;

use super::{
    message::Segments,
    output::{Output, Tall},
    shown::{ShownMessage, ShownPart},
};

#[component]
pub fn SubAgent(message: ShownMessage, part: ShownPart, call: ToolCall) -> impl IntoView {
    let prompt = told(&call.input).map(|prompt| {
        view! {
            <Tall>
                <p class="sub-agent-told">{prompt}</p>
            </Tall>
        }
    });
    let has_spoken = {
        let (message, id) = (message.clone(), part.id.clone());
        Memo::new(move |_| !message.segments(Some(&id)).is_empty())
    };
    let id = part.id.clone();
    let running = {
        let part = part.part.clone();
        move || part.with(|part| part.open)
    };
    view! {
        <div class="sub-agent" role="group" aria-label="Sub-agent">
            {prompt}
            {call.error.map(|error| view! { <p class="tool-error">{error}</p> })}
            <Show
                when=move || has_spoken.get()
                fallback={
                    let part = part.clone();
                    move || {
                        // Of a conversation from before sub-agents were followed the result is all there is.
                        if running() {
                            view! { <p class="tool-quiet">"It has not said anything yet"</p> }.into_any()
                        } else {
                            view! { <Output part=part.clone() explained=false/> }.into_any()
                        }
                    }
                }
            >
                <Segments message=message.clone() below=id.clone()/>
            </Show>
        </div>
    }
    .into_any()
}

/// The words of its task.
fn told(input: &str) -> Option<String> {
    let input: Value = serde_json::from_str(input).ok()?;
    let prompt = input["prompt"].as_str()?.trim();
    (!prompt.is_empty()).then(|| prompt.to_owned())
}
