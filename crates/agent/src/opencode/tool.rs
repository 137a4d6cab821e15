//! One use of a tool: what it acts on, in one line, what changed, how it ended.

use std::path::Path;

use serde_json::Value;
use slipway_protocol::{ToolCall, ToolStatus};

use super::{bound, diff, failure, wire::ToolState};

/// Longest text inside a tool's input.
const TEXT_OF_INPUT: usize = 4 * 1024;

/// How OpenCode's call of a tool reads.
pub(super) fn call(tool: &str, state: &ToolState, checkout: &Path) -> ToolCall {
    let unknown = (tool == "invalid").then(|| state.input["tool"].as_str()).flatten();
    let failure = cut_short(state).or_else(|| match state.status.as_str() {
        "error" => Some(failure::of_tool(state.error.as_deref().unwrap_or("The tool failed."))),
        _ => unknown.and(state.input["error"].as_str()).map(failure::of_tool),
    });
    let (status, error) = match (failure, state.status.as_str()) {
        (Some((status, why)), _) => (status, Some(why)),
        (None, "completed") => (ToolStatus::Completed, None),
        (None, "running") => (ToolStatus::Running, None),
        (None, _) => (ToolStatus::Pending, None),
    };
    let change = change(tool, state, checkout);
    let (added, removed) = change.as_deref().map(diff::count).unwrap_or_default();
    ToolCall {
        id: None,
        tool: unknown.unwrap_or(tool).to_owned(),
        target: if unknown.is_some() { String::new() } else { target(tool, state, checkout) },
        status,
        input: input(&state.input),
        diff: change,
        added,
        removed,
        exit: state.metadata["exit"].as_i64().and_then(|exit| exit.try_into().ok()),
        error,
    }
}

/// A change that was known before: OpenCode does not tell it again for a file that is overwritten.
pub(super) fn learn_change(call: &mut ToolCall, change: String) {
    if call.status == ToolStatus::Completed && call.diff.is_none() {
        (call.added, call.removed) = diff::count(&change);
        call.diff = Some(change);
    }
}

/// What a person reads as the tool's output.
pub(super) fn output(tool: &str, state: &ToolState, checkout: &Path) -> String {
    let output = state.output.as_deref().unwrap_or_default();
    let inside = format!("{}/", checkout.display());
    let text = match tool {
        "read" => state.metadata["display"]["text"].as_str().unwrap_or(output),
        "task" => between(output, "<task_result>\n", "\n</task_result>").unwrap_or(output),
        // The list itself is shown elsewhere; what is invalid is said as the error.
        "todowrite" | "todoread" | "invalid" => "",
        // Paths as everywhere else: from the checkout on.
        "grep" | "glob" | "list" => return bound::middle(&output.replace(&inside, ""), bound::OUTPUT),
        _ => output,
    };
    bound::middle(text, bound::OUTPUT)
}

/// A command's output so far, as OpenCode sends it.
pub(super) fn growing(state: &ToolState) -> Option<&str> {
    state.metadata["output"].as_str()
}

/// The session of the sub-agent that this call started.
pub(super) fn sub_agent<'a>(tool: &str, state: &'a ToolState) -> Option<&'a str> {
    let session = state.metadata["sessionId"].as_str().filter(|_| tool == "task");
    session.filter(|session| !session.is_empty())
}

fn target(tool: &str, state: &ToolState, checkout: &Path) -> String {
    let text = |name: &str| state.input[name].as_str().filter(|text| !text.is_empty());
    let path = |name: &str| text(name).map(|path| diff::relative(path, checkout));
    let target = match tool {
        "bash" => text("command").map(str::to_owned),
        "read" | "write" | "edit" | "multiedit" | "lsp" => path("filePath"),
        "list" => path("path"),
        "glob" | "grep" => text("pattern").map(|pattern| match path("path").filter(|path| path != ".") {
            Some(path) => format!("{pattern} in {path}"),
            None => pattern.to_owned(),
        }),
        "apply_patch" => patched(state),
        "webfetch" => text("url").map(str::to_owned),
        "websearch" | "codesearch" => text("query").map(str::to_owned),
        "task" => text("description").map(str::to_owned),
        "skill" => text("name").map(str::to_owned),
        "question" => {
            let first = &state.input["questions"][0];
            first["question"].as_str().or(first["header"].as_str()).map(str::to_owned)
        }
        "todowrite" | "todoread" => None,
        _ => state.title.clone().or_else(|| first_text(&state.input)),
    };
    bound::line(&target.unwrap_or_default(), bound::LINE)
}

/// The files of a patch.
fn patched(state: &ToolState) -> Option<String> {
    let text = state.input["patchText"].as_str()?;
    let files = text.lines().filter_map(|line| {
        let (_, file) = line.strip_prefix("*** ")?.split_once(" File: ")?;
        Some(file.trim())
    });
    Some(files.collect::<Vec<_>>().join(", "))
}

fn first_text(input: &Value) -> Option<String> {
    input.as_object()?.values().find_map(Value::as_str).map(str::to_owned)
}

fn change(tool: &str, state: &ToolState, checkout: &Path) -> Option<String> {
    let metadata = &state.metadata;
    let told = metadata["diff"].as_str().or(metadata["filediff"]["patch"].as_str());
    if let Some(told) = told.filter(|told| !told.is_empty()) {
        return Some(diff::tidy(told, checkout));
    }
    let made_a_file = tool == "write" && state.status == "completed" && metadata["exists"] == false;
    let content = state.input["content"].as_str().filter(|_| made_a_file)?;
    let path = state.input["filePath"].as_str().unwrap_or_default();
    Some(diff::of_new_file(&diff::relative(path, checkout), content))
}

/// Why a command ended before its end; OpenCode says so below the output.
fn cut_short(state: &ToolState) -> Option<(ToolStatus, String)> {
    let said = between(state.output.as_deref()?, "<shell_metadata>\n", "</shell_metadata>")?;
    if said.contains("User aborted") {
        return Some((ToolStatus::Stopped, failure::STOPPED.into()));
    }
    let milliseconds =
        said.split_once("exceeding timeout ")?.1.split_whitespace().next()?.parse::<u64>().ok()?;
    Some((ToolStatus::Failed, format!("Stopped: it took longer than {} s.", milliseconds.div_ceil(1000))))
}

/// As JSON text; long texts inside are shortened first, so that it stays JSON where it can.
fn input(input: &Value) -> String {
    let whole = input.to_string();
    if whole.len() <= bound::INPUT {
        return whole;
    }
    bound::middle(&shortened(input).to_string(), bound::INPUT)
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) => bound::middle(text, TEXT_OF_INPUT).into(),
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), shortened(value))).collect()
        }
        other => other.clone(),
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.rsplit_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(state: Value) -> ToolState {
        serde_json::from_value(state).unwrap()
    }

    fn target_of(tool: &str, input: Value) -> String {
        target(tool, &state(json!({"input": input})), Path::new("/workspace"))
    }

    #[test]
    fn a_tool_says_in_one_line_what_it_acts_on() {
        assert_eq!(target_of("bash", json!({"command": "cat <<EOF\nx\nEOF"})), "cat <<EOF …");
        assert_eq!(target_of("edit", json!({"filePath": "/workspace/src/a.rs"})), "src/a.rs");
        assert_eq!(target_of("grep", json!({"pattern": "fn x", "path": "/workspace/src"})), "fn x in src");
        assert_eq!(
            target_of(
                "apply_patch",
                json!({"patchText": "*** Begin Patch\n*** Add File: a\n+x\n*** Update File: b/c\n"})
            ),
            "a, b/c"
        );
        assert_eq!(target_of("question", json!({"questions": [{"question": "Which?"}]})), "Which?");
        assert_eq!(target_of("jira_search", json!({"limit": 5, "query": "open bugs"})), "open bugs");
        assert_eq!(target_of("bash", json!({})), "");
    }

    #[test]
    fn a_new_file_is_a_change() {
        let written =
            state(json!({"status": "completed", "input": {"filePath": "/w/a", "content": "x\ny\n"},
            "metadata": {"exists": false}}));
        let call = call("write", &written, Path::new("/w"));
        assert_eq!((call.target.as_str(), call.added, call.removed), ("a", 2, 0));
        assert!(call.diff.unwrap().ends_with("+x\n+y\n"));
    }

    #[test]
    fn a_command_that_was_cut_short_says_why() {
        let ended = |said: &str| {
            let output = format!("x\n\n<shell_metadata>\n{said}\n</shell_metadata>");
            let state = state(
                json!({"status": "completed", "output": output, "metadata": {"output": "x\n", "exit": null}}),
            );
            let call = call("bash", &state, Path::new("/w"));
            (call.status, call.error.unwrap())
        };
        assert_eq!(ended("User aborted the command"), (ToolStatus::Stopped, "Stopped.".into()));
        assert_eq!(
            ended("shell tool terminated command after exceeding timeout 120000 ms. If"),
            (ToolStatus::Failed, "Stopped: it took longer than 120 s.".into())
        );
    }

    #[test]
    fn a_long_input_stays_json() {
        let long = input(&json!({"filePath": "a", "content": "x".repeat(100_000)}));
        let json: Value = serde_json::from_str(&long).unwrap();
        assert_eq!(json["filePath"], "a");
        let many = input(&json!(vec!["y"; 20_000]));
        assert!(long.len() < bound::INPUT && many.len() < bound::INPUT + 100);
    }
}
