//! What sub-agents say, and what becomes of it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Story;
use crate::{
    AgentEvent,
    opencode::translate::{Truth, sub_agents_named},
};

/// A call of a sub-agent in this session, and what that one says, as OpenCode would send it.
fn call(session: &str, part: &str, child: &str, status: &str) -> Value {
    json!({"part": {"id": part, "sessionID": session, "messageID": format!("msg_{session}"), "type": "tool", "tool": "task",
        "state": {"status": status, "input": {"description": child, "prompt": "Look."}, "time": {"start": 10},
            "metadata": {"sessionId": child}}}})
}

fn prose(session: &str, part: &str, text: &str, ended: bool) -> Value {
    let time = if ended { json!({"start": 11, "end": 12}) } else { json!({"start": 11}) };
    json!({"part": {"id": part, "sessionID": session, "messageID": format!("msg_{session}"), "type": "text", "text": text,
        "time": time}})
}

fn delta(session: &str, part: &str, text: &str) -> Value {
    json!({"sessionID": session, "messageID": format!("msg_{session}"), "partID": part, "field": "text", "delta": text})
}

/// Which part was told below which, with its text where it came whole.
fn below(events: &[AgentEvent]) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let parts = events.iter().filter_map(|event| match event {
        AgentEvent::Part(part) => Some((part.key.as_str(), part.parent.as_deref(), part.text.as_deref())),
        _ => None,
    });
    parts.collect()
}

#[test]
fn sub_agents_speak_below_the_call_that_started_them_at_any_depth() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    story.message("msg_2", "assistant", false);
    // Its first words come before anybody knows who started it.
    assert_eq!(story.hear("message.part.updated", prose("ses_child", "words", "", false)), []);
    assert_eq!(story.hear("message.part.delta", delta("ses_child", "words", "I look")), []);
    let told = story.hear("message.part.updated", call("ses_1", "call", "ses_child", "running"));
    assert_eq!(below(&told), [("call", None, None), ("words", Some("call"), None)]);
    assert_eq!(told[2], AgentEvent::Delta { key: "words".into(), text: "I look".into() });

    let told = story.hear("message.part.updated", call("ses_child", "deeper", "ses_grandchild", "running"));
    assert_eq!(below(&told), [("deeper", Some("call"), None)]);
    let told = story.hear("message.part.updated", prose("ses_grandchild", "found", "It is here.", true));
    assert_eq!(below(&told), [("found", Some("deeper"), Some("It is here."))]);
    // What it was told to do is the input of the call, and its context is not the conversation's.
    let prompt = json!({"part": {"id": "p", "sessionID": "ses_child", "messageID": "msg_x", "type": "text", "text": "Look."}});
    assert_eq!(story.hear("message.part.updated", prompt), []);
    let step = json!({"part": {"id": "s", "sessionID": "ses_child", "messageID": "msg_ses_child", "type": "step-finish",
        "tokens": {"input": 900, "output": 50}}});
    assert_eq!(story.hear("message.part.updated", step), []);
}

#[test]
fn a_sub_agent_whose_provider_fails_begins_its_words_again() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    story.message("msg_2", "assistant", false);
    story.hear("session.status", json!({"status": {"type": "busy"}}));
    story.hear("message.part.updated", prose("ses_1", "mine", "", false));
    story.hear("message.part.updated", call("ses_1", "call", "ses_child", "running"));
    story.hear("message.part.updated", prose("ses_child", "theirs", "", false));
    let status = |status: Value| json!({"sessionID": "ses_child", "status": status});
    let told = story
        .hear("session.status", status(json!({"type": "retry", "attempt": 1, "message": "", "next": 5})));
    assert_eq!(told[0], AgentEvent::Dropped { key: "theirs".into() });
    assert!(matches!(told[1..], [AgentEvent::Retrying { attempt: 1, next_at: 5, .. }]), "{told:?}");
    assert_eq!(story.hear("session.status", status(json!({"type": "busy"}))), [AgentEvent::Busy]);
    // One that nobody here knows is not heard.
    let other = json!({"sessionID": "ses_x", "status": {"type": "retry", "attempt": 1, "next": 5}});
    assert_eq!(story.hear("session.status", other), []);
}

#[test]
fn what_a_sub_agent_says_is_held_for_a_while_and_then_asked_for() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    story.message("msg_2", "assistant", false);
    story.hear("message.part.updated", prose("ses_child", "words", "", false));
    for _ in 0..1_000 {
        assert_eq!(story.hear("message.part.delta", delta("ses_child", "words", "a")), []);
    }
    let told = story.hear("message.part.updated", call("ses_1", "call", "ses_child", "running"));
    assert_eq!(told.len(), 2 + 255 + 1);
    assert_eq!(told.last(), Some(&AgentEvent::Gap));

    let stored = |session: &str, created: i64, parts: Vec<Value>| {
        let parts: Vec<_> = parts.into_iter().map(|part| part["part"].clone()).collect();
        json!({"info": {"id": format!("msg_{session}"), "sessionID": session, "role": "assistant", "time": {"created": created}},
            "parts": parts})
    };
    let truth = Truth {
        sessions: Vec::new(),
        status: Some(serde_json::from_value(json!({"type": "busy"})).unwrap()),
        permissions: Vec::new(),
        questions: Vec::new(),
        todos: Vec::new(),
        messages: serde_json::from_value(json!([stored(
            "ses_1",
            9,
            vec![call("ses_1", "call", "ses_child", "running")]
        )]))
        .unwrap(),
        of_sub_agents: HashMap::from([
            (
                "ses_grandchild".into(),
                serde_json::from_value(json!([stored(
                    "ses_grandchild",
                    12,
                    vec![prose("ses_grandchild", "found", "Here.", true)]
                )]))
                .unwrap(),
            ),
            (
                "ses_child".into(),
                serde_json::from_value(json!([
                    // For an earlier call.
                    stored("ses_child", 3, vec![prose("ses_child", "before", "Old news.", true)]),
                    stored(
                        "ses_child",
                        11,
                        vec![
                            prose("ses_child", "words", &"a".repeat(1_000), true),
                            call("ses_child", "deeper", "ses_grandchild", "completed"),
                        ]
                    ),
                ]))
                .unwrap(),
            ),
        ]),
    };
    let all = "a".repeat(1_000);
    assert_eq!(sub_agents_named(&truth.messages), ["ses_child"]);
    let mended = story.replay.translator.reconcile(truth);
    assert_eq!(
        below(&mended),
        [
            ("words", Some("call"), Some(all.as_str())),
            ("deeper", Some("call"), Some("")),
            ("found", Some("deeper"), Some("Here.")),
        ]
    );
}
