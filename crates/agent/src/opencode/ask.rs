//! What OpenCode waits for: permissions and questions, in words for people.

use std::path::Path;

use serde_json::Value;
use slipway_protocol::{PermissionAsk, Question, QuestionOption, RequestAsk};

use super::{bound, diff, wire};

pub(super) fn permission(asked: &wire::Permission, checkout: &Path) -> RequestAsk {
    let told = |name: &str| asked.metadata[name].as_str().filter(|text| !text.is_empty());
    let patterns = asked.patterns.join(", ");
    let file = told("filepath").map(|path| diff::relative(path, checkout));
    let path = || file.clone().unwrap_or_else(|| patterns.clone());
    let (title, subject) = match asked.permission.as_str() {
        "bash" => ("Run a command".into(), told("command").unwrap_or(&patterns).to_owned()),
        "edit" => (format!("Edit {}", bound::line(&path(), bound::LINE)), path()),
        "read" => (format!("Read {}", bound::line(&path(), bound::LINE)), path()),
        "external_directory" => ("Leave the checkout".into(), path()),
        "webfetch" => ("Fetch a page".into(), told("url").unwrap_or(&patterns).to_owned()),
        "websearch" => ("Search the web".into(), told("query").unwrap_or(&patterns).to_owned()),
        "task" => ("Ask a sub-agent".into(), told("description").unwrap_or(&patterns).to_owned()),
        "doom_loop" => ("Go on, though it repeats itself".into(), patterns),
        other => (format!("Use {other}"), patterns),
    };
    RequestAsk::Permission(PermissionAsk {
        call: asked.tool.as_ref().map(|tool| tool.call.clone()),
        action: asked.permission.clone(),
        title,
        subject: bound::middle(&subject, bound::INPUT),
        diff: change(&asked.metadata, checkout),
        always: asked.always.clone(),
    })
}

/// The change that is asked for, if it is one.
pub(super) fn change(metadata: &Value, checkout: &Path) -> Option<String> {
    let change = metadata["diff"].as_str().filter(|change| !change.is_empty())?;
    Some(diff::tidy(change, checkout))
}

pub(super) fn questions(asked: wire::Questions) -> RequestAsk {
    let option = |option: wire::QuestionOption| QuestionOption {
        label: option.label,
        description: option.description,
    };
    let question = |question: wire::Question| Question {
        header: question.header,
        text: question.question,
        options: question.options.into_iter().map(option).collect(),
        multiple: question.multiple,
    };
    RequestAsk::Question { questions: asked.questions.into_iter().map(question).collect() }
}
