//! What stands inside an open tool call: a command with its output, a change as a diff, or what went in and came out.

use leptos::prelude::*;
use slipway_protocol::{PartBody, ToolCall};

use super::{
    ansi,
    diff::{Line, Row, Sign, rows},
    scroll::Scroll,
    sentence::Deed,
    shown::ShownPart,
};

#[component]
pub fn ToolBody(part: ShownPart) -> impl IntoView {
    let ShownPart { part, text, .. } = part;
    let call = Memo::new(move |_| {
        part.with(|part| match &part.body {
            PartBody::Tool(call) => Some(call.clone()),
            _ => None,
        })
    });
    move || {
        let call = call.get()?;
        let text = text.clone();
        let output = Memo::new(move |_| text.with(|text| ansi::html(text.trim_end())));
        let deed = Deed::of(&call.tool);
        let ToolCall { target, input, diff, error, .. } = call;
        let diff = diff.filter(|diff| !diff.trim().is_empty());
        let silent = diff.is_some();
        let explained = error.is_some();
        let body = view! {
            <div class="tool">
                {(deed == Deed::Run)
                    .then(|| view! { <pre class="command" tabindex="0"><span class="text-text-3">"$ "</span>{target}</pre> })}
                {diff.map(|diff| view! { <Tall><Diff diff/></Tall> })}
                {(deed == Deed::Other).then(|| pretty(&input)).flatten().map(|input| view! { <pre class="output" tabindex="0">{input}</pre> })}
                {error.map(|error| view! { <p class="tool-error">{error}</p> })}
                {(!silent)
                    .then(|| {
                        view! {
                            <Show
                                when=move || output.with(|output| !output.is_empty())
                                fallback=move || (!explained).then(|| view! { <p class="tool-quiet">"No output"</p> })
                            >
                                <Tall>
                                    <pre class="output" tabindex="0" inner_html=move || output.get()></pre>
                                </Tall>
                            </Show>
                        }
                    })}
            </div>
        };
        Some(body.into_any())
    }
}

/// What went in, readable; nothing where it is empty.
fn pretty(input: &str) -> Option<String> {
    let input = input.trim();
    (!input.is_empty() && input != "{}").then(|| input.to_owned())
}

/// Cut at a height, with "Show all" where that hides something.
#[component]
fn Tall(children: Children) -> impl IntoView {
    let all = RwSignal::new(false);
    let cut = RwSignal::new(false);
    let node = NodeRef::<leptos::html::Div>::new();
    let scroll = use_context::<Scroll>();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            request_animation_frame(move || cut.set(node.scroll_height() > node.client_height() + 4));
        }
    });
    let show_all = move |_| {
        if let Some(scroll) = scroll {
            scroll.hold();
        }
        all.set(true);
    };
    view! {
        <div node_ref=node class="tall" class:tall-open=move || all.get()>
            {children()}
        </div>
        <Show when=move || cut.get() && !all.get()>
            <button type="button" class="show-all" on:click=show_all>
                "Show all"
            </button>
        </Show>
    }
    .into_any()
}

/// A change, line by line.
#[component]
pub fn Diff(diff: String) -> impl IntoView {
    let lines = rows(&diff)
        .into_iter()
        .map(|row| match row {
            Row::Gap => view! { <div class="diff-gap" aria-hidden="true">"⋯"</div> }.into_any(),
            Row::Line(line) => diff_line(line),
        })
        .collect_view();
    view! {
        <div class="diff" tabindex="0" role="group" aria-label="Change">
            <div class="diff-lines">{lines}</div>
        </div>
    }
}

fn diff_line(line: Line) -> AnyView {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let (class, sign) = match line.sign {
        Sign::Kept => ("diff-line", ""),
        Sign::Added => ("diff-line diff-added", "+"),
        Sign::Removed => ("diff-line diff-removed", "-"),
    };
    let (start, end) = line.mark.unwrap_or((line.text.len(), line.text.len()));
    let (before, marked, after) =
        (line.text[..start].to_owned(), line.text[start..end].to_owned(), line.text[end..].to_owned());
    let marked = (!marked.is_empty()).then(|| view! { <mark>{marked}</mark> });
    view! {
        <div class=class>
            <span class="diff-number">{number(line.old)}</span>
            <span class="diff-number">{number(line.new)}</span>
            <span class="diff-sign">{sign}</span>
            <span class="diff-text">{before}{marked}{after}</span>
        </div>
    }
    .into_any()
}
