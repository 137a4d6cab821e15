//! What a chat request asks for, read from its messages alone.

use serde_json::Value;

use crate::script::{Script, Step};

/// What a request is answered with.
#[derive(Debug, PartialEq)]
pub(super) enum Due {
    Title(String),
    Text(String),
    /// `key` names this step of this prompt, the same at each attempt.
    Step {
        step: Step,
        key: String,
    },
}

pub(super) fn due(request: &Value) -> Due {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let role = |message: &Value, role: &str| message["role"] == role;
    let prompt_at = messages.iter().rposition(|message| role(message, "user")).unwrap_or_default();
    let prompt = messages.get(prompt_at).map(text_of).unwrap_or_default();
    let script = match Script::parse(&prompt) {
        Ok(script) => script,
        Err(why) => return Due::Text(format!("This script cannot be read: {why}.")),
    };
    let has_tools = request["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    let system = messages.first().filter(|message| role(message, "system")).map(text_of).unwrap_or_default();
    if !has_tools && system.contains("title generator") {
        return Due::Title(script.title());
    }
    if script.steps.is_empty() {
        return Due::Text(format!("You said: {}", script.plain));
    }
    let taken = messages[prompt_at..].iter().filter(|message| role(message, "assistant")).count();
    match script.steps.get(taken) {
        Some(step) => Due::Step { step: step.clone(), key: format!("{prompt_at} {taken} {prompt}") },
        None => Due::Text("Done.".into()),
    }
}

/// A message's text, without what the agent adds to a person's words.
fn text_of(message: &Value) -> String {
    let text = match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    without_reminders(&text)
}

fn without_reminders(text: &str) -> String {
    const OPEN: &str = "<system-reminder>";
    const CLOSE: &str = "</system-reminder>";
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(OPEN) {
        kept.push_str(before);
        rest = after.split_once(CLOSE).map_or("", |(_, after)| after);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::script;

    fn step_of(messages: Value) -> Option<Step> {
        match due(&json!({"messages": messages, "tools": [{}]})) {
            Due::Step { step, .. } => Some(step),
            _ => None,
        }
    }

    #[test]
    fn steps_follow_from_the_answers_behind_the_prompt() {
        let prompt = json!({"role": "user", "content": "/bash ls\n/say done"});
        let second = step_of(json!([
            {"role": "user", "content": "/say old"},
            {"role": "assistant", "content": "old"},
            prompt,
            {"role": "assistant", "tool_calls": []},
            {"role": "tool", "content": "a.txt"},
        ]));
        assert_eq!(second, Some(script::say("done".into())));
    }

    #[test]
    fn what_the_agent_adds_is_no_part_of_the_script() {
        let content = json!([
            {"type": "text", "text": "/say hi"},
            {"type": "text", "text": "<system-reminder>\nPlan mode\n/say no\n</system-reminder>"},
        ]);
        assert_eq!(step_of(json!([{"role": "user", "content": content}])), Some(script::say("hi".into())));
    }

    #[test]
    fn words_are_echoed_and_titles_given() {
        let user = json!({"role": "user", "content": "Mend the clock"});
        assert_eq!(due(&json!({"messages": [user]})), Due::Text("You said: Mend the clock".into()));
        let system = json!({"role": "system", "content": "You are a title generator."});
        assert_eq!(due(&json!({"messages": [system, user]})), Due::Title("Mend the clock".into()));
    }
}
