//! What stands inside an open tool call: a command with its output, a change as a diff, a sub-agent's own conversation,
//! or what went in and came out.

use leptos::prelude::*;
use slipway_protocol::{PartBody, ToolCall};

use super::{
    deed::Deed,
    diff::{Line, Row, Sign, rows},
    output::{Output, Tall},
    shown::{ShownMessage, ShownPart},
    sub_agent::SubAgent,
};

#[component]
pub fn ToolBody(message: ShownMessage, part: ShownPart) -> impl IntoView {
    let call = {
        let part = part.part.clone();
        Memo::new(move |_| {
            part.with(|part| match &part.body {
                PartBody::Tool(call) => Some(call.clone()),
                _ => None,
            })
        })
    };
    move || {
        let call = call.get()?;
        let deed = Deed::of(&call.tool);
        if deed == Deed::Delegate {
            return Some(view! { <SubAgent message=message.clone() part=part.clone() call/> }.into_any());
        }
        let part = part.clone();
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
                {(!silent).then(|| view! { <Output part explained/> })}
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
