//! What the agent did between two sentences, as one line that opens: the run, its calls, and what each call was.

use leptos::{html, prelude::*};
use slipway_protocol::PartId;

use super::{
    call::{Call, Fault},
    scroll::Scroll,
    sentence::{Outcome, Word, sentence},
    shown::{ShownMessage, ShownPart},
    tool::ToolBody,
};
use crate::{
    components::{
        figures::Changed,
        icon::{Icon, Spinner},
    },
    text::figures::duration,
};

/// A button that opens what belongs to it; opening never moves what stands above.
#[component]
pub fn Disclosure(
    open: RwSignal<bool>,
    class: &'static str,
    #[prop(optional, into)] busy: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let scroll = use_context::<Scroll>();
    let toggle = move |_| {
        if let Some(scroll) = scroll {
            scroll.hold();
        }
        open.update(|open| *open = !*open);
    };
    let button = NodeRef::<html::Button>::new();
    view! {
        <button node_ref=button type="button" class=class aria-expanded=move || open.get().to_string() on:click=toggle>
            {move || {
                if busy.get() && !open.get() {
                    view! { <Spinner/> }.into_any()
                } else {
                    view! { <Icon name="chevron-right" class="icon size-3.5 chevron"/> }.into_any()
                }
            }}
            {children()}
        </button>
    }
    .into_any()
}

/// The words of a line as one text: a blank before each but the first and a comma.
fn written(words: &[Word]) -> AnyView {
    let written = words.iter().enumerate().map(|(place, word)| {
        let (Word::Plain(text) | Word::Strong(text) | Word::Code(text)) = word;
        let blank = if place == 0 || text.starts_with(',') { "" } else { " " };
        match word {
            Word::Plain(_) => view! { <span>{format!("{blank}{text}")}</span> }.into_any(),
            Word::Strong(_) => {
                view! { <span class="font-medium text-text">{format!("{blank}{text}")}</span> }.into_any()
            }
            Word::Code(_) => view! {
                {blank}
                <code class="told">{text.clone()}</code>
            }
            .into_any(),
        }
    });
    written.collect_view().into_any()
}

/// "failed", "2 failed, 1 denied".
fn of_run(faults: &[(Fault, usize)]) -> AnyView {
    let text = match faults {
        [(fault, 1)] => fault.word().to_owned(),
        several => {
            let counted = several.iter().map(|(fault, count)| format!("{count} {}", fault.word()));
            counted.collect::<Vec<_>>().join(", ")
        }
    };
    faulty(text, faults.iter().any(|(fault, _)| fault.is_bad()))
}

/// "failed (101)".
fn of_call(fault: Fault, exit: Option<i32>) -> AnyView {
    let exit = exit.filter(|exit| fault == Fault::Failed && *exit != 0);
    let exit = exit.map(|exit| format!(" ({exit})")).unwrap_or_default();
    faulty(format!("{}{exit}", fault.word()), fault.is_bad())
}

fn faulty(text: String, bad: bool) -> AnyView {
    view! { <span class=if bad { "text-bad" } else { "text-text-3" }>{text}</span> }.into_any()
}

/// One run of tools.
#[component]
pub fn Activity(message: ShownMessage, #[prop(into)] parts: Signal<Vec<PartId>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let shown = {
        let message = message.clone();
        move || parts.get().iter().filter_map(|id| message.part(id)).collect::<Vec<ShownPart>>()
    };
    let calls = {
        let shown = shown.clone();
        let message = message.clone();
        Memo::new(move |_| shown().iter().filter_map(|part| message.call(part)).collect::<Vec<Call>>())
    };
    let told = Memo::new(move |_| calls.with(|calls| sentence(calls)));
    let busy = Signal::derive(move || told.with(|told| told.outcome == Outcome::Running));
    let words = move || told.with(|told| written(&told.words));
    let end = move || {
        told.with(|told| match &told.outcome {
            Outcome::Faulty(faults) => of_run(faults),
            Outcome::Done | Outcome::Running | Outcome::Waiting => told
                .milliseconds
                .filter(|taken| *taken >= 100)
                .map(|taken| view! { <span class="text-text-3 tabular-nums">{duration(taken)}</span> })
                .into_any(),
        })
    };
    let added = Signal::derive(move || told.with(|told| told.added));
    let removed = Signal::derive(move || told.with(|told| told.removed));
    let shown = StoredValue::new(shown);
    view! {
        <div class="activity">
            <Disclosure open class="line" busy>
                <span class="line-words">{words}</span>
                <Changed added removed/>
                {end}
            </Disclosure>
            <Show when=move || open.get()>
                <div class="rail">
                    <For
                        each=move || shown.with_value(|shown| shown())
                        key=|part| part.id.clone()
                        children={
                            let message = message.clone();
                            move |part| view! { <ToolCallLine message=message.clone() part/> }
                        }
                    />
                </div>
            </Show>
        </div>
    }
    .into_any()
}

/// One call: verb, target, figures; opens its body.
#[component]
fn ToolCallLine(message: ShownMessage, part: ShownPart) -> impl IntoView {
    let open = RwSignal::new(false);
    let part = StoredValue::new(part);
    let message = StoredValue::new(message);
    let call = Memo::new(move |_| message.with_value(|message| part.with_value(|part| message.call(part))));
    let words = move || call.with(|call| call.as_ref().map(|call| written(&call.words())));
    let icon =
        Memo::new(move |_| call.with(|call| call.as_ref().map_or("wrench", |call| call.deed().icon())));
    let added = Signal::derive(move || call.with(|call| call.as_ref().map_or(0, Call::added)));
    let removed = Signal::derive(move || call.with(|call| call.as_ref().map_or(0, Call::removed)));
    let busy = Signal::derive(move || {
        call.with(|call| call.as_ref().is_some_and(|call| call.is_running() && !call.waits_anywhere()))
    });
    let end = move || {
        call.with(|call| {
            let call = call.as_ref()?;
            let time = call.milliseconds().filter(|taken| *taken >= 100).map(duration);
            Some(if let Some(fault) = call.fault() {
                of_call(fault, call.call.exit)
            } else if call.is_running() {
                ().into_any()
            } else if call.call.exit == Some(0) {
                view! {
                    <span class="flex items-center gap-1.5 text-text-3 tabular-nums">
                        <span class="text-ok flex">
                            <Icon name="check" class="icon size-3.5"/>
                        </span>
                        <span class="sr-only">"passed"</span>
                        {time}
                    </span>
                }
                .into_any()
            } else {
                ().into_any()
            })
        })
    };
    view! {
        <div>
            <Disclosure open class="line" busy>
                {move || view! { <Icon name=icon.get() class="icon size-[15px] text-text-3"/> }}
                <span class="line-words">{words}</span>
                <span class="ml-auto flex shrink-0 items-center gap-2 pl-2">
                    <Changed added removed/>
                    {end}
                </span>
            </Disclosure>
            <Show when=move || open.get()>
                <ToolBody message=message.get_value() part=part.get_value()/>
            </Show>
        </div>
    }
    .into_any()
}

/// What the model thought, behind one quiet line.
#[component]
pub fn Reasoning(part: ShownPart) -> impl IntoView {
    let open = RwSignal::new(false);
    let part = StoredValue::new(part);
    let state = Memo::new(move |_| {
        part.with_value(|part| {
            part.part.with(|part| (part.open, part.ended_at.map(|end| end - part.started_at)))
        })
    });
    let busy = Signal::derive(move || state.get().0);
    let words = move || match state.get() {
        (true, _) => "Thinking".to_owned(),
        (false, Some(taken)) if taken >= 500 => format!("Thought for {}", duration(taken)),
        _ => "Thought".to_owned(),
    };
    let text = move || part.with_value(|part| part.text.get());
    view! {
        <div class="activity">
            <Disclosure open class="line" busy>
                <span class="line-words">{words}</span>
            </Disclosure>
            <Show when=move || open.get()>
                <div class="rail">
                    <p class="thought">{text}</p>
                </div>
            </Show>
        </div>
    }
    .into_any()
}
