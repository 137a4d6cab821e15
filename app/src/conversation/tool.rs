//! What stands inside an open tool call: a command with its output, a file, a change as a diff, what a search found, a list of
//! tasks, a sub-agent's own conversation, or what went in and came out.

use leptos::prelude::*;
use serde_json::Value;
use slipway_protocol::{PartBody, TaskStatus, ToolCall};

use super::{
    deed::Deed,
    diff::{Line, Row, Sign, rows},
    looks::Looks,
    output::{Output, Tall},
    shown::{ShownMessage, ShownPart},
    sub_agent::SubAgent,
};
use crate::components::icon::{Icon, task_icon};

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
        let looks = Looks::of(&call);
        let ToolCall { target, input, diff, error, .. } = call;
        let diff = diff.filter(|diff| !diff.trim().is_empty());
        let tasks = if deed == Deed::Plan { tasks(&input) } else { Vec::new() };
        let asked = if deed == Deed::Ask { questions(&input) } else { Vec::new() };
        let silent = diff.is_some() || !tasks.is_empty();
        let explained = error.is_some();
        let fetched = target.clone();
        let body = view! {
            <div class="tool">
                {(deed == Deed::Run)
                    .then(|| view! { <pre class="command" tabindex="0"><span class="text-text-3">"$ "</span>{target}</pre> })}
                {diff.map(|diff| view! { <Tall><Diff diff/></Tall> })}
                {(deed == Deed::Other).then(|| pretty(&input)).flatten().map(|input| view! { <pre class="output" tabindex="0">{input}</pre> })}
                {(deed == Deed::Fetch).then(|| view! { <p class="fetched">{target_of_page(&fetched)}</p> })}
                {(!tasks.is_empty()).then(|| view! { <ul class="tool-tasks">{tasks.into_iter().map(task_row).collect_view()}</ul> })}
                {asked.into_iter().map(|question| view! { <p class="asked">{question}</p> }).collect_view()}
                {error.map(|error| view! { <p class="tool-error">{error}</p> })}
                {(!silent).then(|| view! { <Output part explained looks/> })}
            </div>
        };
        Some(body.into_any())
    }
}

/// What went in, one line for each thing; nothing where it is empty. What was cut short is no JSON any more, and stays.
fn pretty(input: &str) -> Option<String> {
    let input = input.trim();
    if input.is_empty() || input == "{}" {
        return None;
    }
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(input) else {
        return Some(input.to_owned());
    };
    let line = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    };
    Some(members.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The list that the agent wrote, as it was then.
fn tasks(input: &str) -> Vec<(String, TaskStatus)> {
    let input: Value = serde_json::from_str(input).unwrap_or_default();
    let read = |todo: &Value| {
        let status = todo["status"].as_str().and_then(TaskStatus::from_slug).unwrap_or(TaskStatus::Pending);
        Some((todo["content"].as_str()?.to_owned(), status))
    };
    input["todos"].as_array().into_iter().flatten().filter_map(read).collect()
}

fn task_row((text, status): (String, TaskStatus)) -> impl IntoView {
    view! {
        <li class="part-row task-row" data-status=status.slug()>
            <Icon name=task_icon(status)/>
            <span class="min-w-0 wrap-anywhere">{text}</span>
        </li>
    }
}

fn questions(input: &str) -> Vec<String> {
    let input: Value = serde_json::from_str(input).unwrap_or_default();
    let text = |question: &Value| Some(question["question"].as_str()?.to_owned());
    input["questions"].as_array().into_iter().flatten().filter_map(text).collect()
}

/// The address as a link that opens elsewhere; what is searched for, as words.
fn target_of_page(target: &str) -> AnyView {
    let target = target.to_owned();
    if target.starts_with("https://") || target.starts_with("http://") {
        let href = target.clone();
        view! {
            <a href=href rel="external noopener noreferrer" target="_blank" class="link wrap-anywhere">
                {target}
            </a>
        }
        .into_any()
    } else {
        target.into_any()
    }
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

#[cfg(test)]
mod tests {
    use slipway_protocol::TaskStatus;

    use super::{pretty, questions, tasks};

    #[test]
    fn what_went_into_an_unknown_tool_is_readable() {
        let said = pretty(r#"{"limit":5,"query":"open bugs","tags":["a"]}"#).unwrap();
        assert_eq!(said, "limit: 5\nquery: open bugs\ntags: [\"a\"]");
        assert_eq!(pretty("{\"cut").as_deref(), Some("{\"cut"));
        assert_eq!(pretty(" {} "), None);
    }

    #[test]
    fn tasks_and_questions_are_read_from_what_went_in() {
        let written =
            r#"{"todos":[{"content":"Look","status":"completed"},{"content":"Mend"},{"status":"x"}]}"#;
        let wanted = [("Look".to_owned(), TaskStatus::Completed), ("Mend".to_owned(), TaskStatus::Pending)];
        assert_eq!(tasks(written), wanted);
        assert!(tasks("no json").is_empty());
        assert_eq!(questions(r#"{"questions":[{"question":"Which?"},{}]}"#), ["Which?"]);
    }
}
