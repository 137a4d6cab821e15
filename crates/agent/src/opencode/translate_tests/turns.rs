//! Turns as OpenCode could tell them: late, cut off, failed, not understood.

use std::collections::HashMap;

use serde_json::{Value, json};
use slipway_protocol::RequestAsk;

use super::{CHECKOUT, Story};
use crate::{
    AgentEvent, FailureKind,
    opencode::translate::{Translator, Truth},
};

#[test]
fn a_failure_that_was_missed_is_told() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    let part =
        json!([{"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "text", "text": "Go."}]);
    let error = json!({"name": "APIError", "data": {"message": "No more.", "statusCode": 400}});
    let messages = json!([
        {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user"}, "parts": part},
        {"info": {"id": "msg_2", "sessionID": "ses_1", "role": "assistant", "time": {"completed": 1}, "error": error}},
    ]);
    let truth = Truth {
        sessions: Vec::new(),
        status: None,
        permissions: Vec::new(),
        questions: Vec::new(),
        todos: Vec::new(),
        of_sub_agents: HashMap::new(),
        messages: serde_json::from_value(messages).unwrap(),
    };
    let told = story.replay.translator.reconcile(truth);
    assert!(
        matches!(
            &told[told.len() - 2..],
            [AgentEvent::Failed { kind: FailureKind::Provider, .. }, AgentEvent::Idle { settled: true }]
        ),
        "{told:?}"
    );
}

/// Whoever takes over has not heard it; the message itself says it.
#[test]
fn a_failure_that_another_heard_is_told_at_the_end() {
    let said = |kind: &str, properties: Value| json!({"type": kind, "properties": properties});
    let idle = || said("session.idle", json!({"sessionID": "ses_1"}));
    let taken_over = |error: &str| {
        let error = json!({"name": error, "data": {"message": "No more.", "statusCode": 400}});
        let ended = json!({"id": "msg_2", "sessionID": "ses_1", "role": "assistant", "time": {"completed": 1}, "error": error});
        let mut fresh = Translator::new(CHECKOUT.into(), Some("ses_1".into()));
        fresh.learn(&serde_json::from_value(ended).unwrap());
        fresh
    };
    for (error, kind) in [("MessageAbortedError", FailureKind::Aborted), ("APIError", FailureKind::Provider)]
    {
        let told = taken_over(error).translate(idle());
        let [AgentEvent::Failed { kind: failed, .. }, AgentEvent::Idle { settled: true }] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(*failed, kind);
    }
    // The next turn has nothing to do with it.
    let mut next = taken_over("APIError");
    next.expect("msg_3");
    next.translate(said(
        "message.updated",
        json!({"info": {"id": "msg_3", "sessionID": "ses_1", "role": "user"}}),
    ));
    next.translate(said("session.status", json!({"sessionID": "ses_1", "status": {"type": "busy"}})));
    assert_eq!(next.translate(idle()), [AgentEvent::Idle { settled: true }]);
}

#[test]
fn what_is_left_of_a_turn_does_not_touch_the_next() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    assert_eq!(story.error("Model not found: a/b.").len(), 1);
    assert_eq!(story.idle(), [AgentEvent::Idle { settled: true }]);
    story.replay.translator.expect("msg_2");
    assert_eq!(story.error("ProviderModelNotFoundError: Model not found: a/b.\n at x"), []);
    assert_eq!(story.idle(), []);
    assert_eq!(story.hear("session.status", json!({"status": {"type": "busy"}})), []);
    story.message("msg_2", "user", false);
    assert_eq!(story.hear("session.status", json!({"status": {"type": "busy"}})), [AgentEvent::Busy]);
    story.message("msg_3", "assistant", false);
    assert_eq!(story.idle(), [AgentEvent::Idle { settled: false }]);
    assert_eq!(story.message("msg_3", "assistant", true), [AgentEvent::Idle { settled: true }]);
    assert_eq!(story.idle(), []);
}

#[test]
fn a_prompt_that_is_never_taken_ends_with_its_error() {
    let mut story = Story::begin();
    story.replay.translator.expect("msg_1");
    let told = story.error("disk full");
    assert!(matches!(
        &told[..],
        [AgentEvent::Failed { kind: FailureKind::Other, .. }, AgentEvent::Idle { settled: true }]
    ));
}

#[test]
fn a_stopped_turn_closes_what_it_asked() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    story.message("msg_2", "assistant", false);
    let permission = |id: &str, session: &str| json!({"id": id, "sessionID": session, "permission": "bash", "patterns": ["ls"], "metadata": {"command": "ls"}});
    story.hear("permission.asked", permission("per_1", "ses_1"));
    let told = story.hear("permission.asked", permission("per_2", "ses_child"));
    assert!(matches!(
        &told[..],
        [AgentEvent::Asked { from_sub_agent: true, ask: RequestAsk::Permission(ask), .. }] if ask.subject == "ls"
    ));
    let closed = |key: &str| AgentEvent::AskClosed { key: key.into() };
    assert_eq!(story.hear("session.idle", json!({"sessionID": "ses_child"})), [closed("per_2")]);
    assert_eq!(story.idle(), [closed("per_1"), AgentEvent::Idle { settled: false }]);
}

#[test]
fn cost_and_context_are_told_when_they_change() {
    let mut story = Story::begin();
    story.message("msg_1", "user", false);
    story.message("msg_2", "assistant", false);
    let step = json!({"part": {"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_2", "type": "step-finish",
        "tokens": {"input": 900, "output": 50, "cache": {"read": 100, "write": 7}}}});
    let usage = |tokens, cost_micros| AgentEvent::Usage { context_used: 1057, tokens, cost_micros };
    assert_eq!(story.hear("message.part.updated", step), [usage(0, 0)]);
    // What the provider had kept from the request before is not used anew.
    let tokens = json!({"input": 900, "output": 50, "reasoning": 3, "cache": {"read": 100, "write": 7}});
    let used = |id: &str, cost: f64| json!({"info": {"id": id, "title": "", "cost": cost, "tokens": tokens}});
    assert_eq!(story.hear("session.updated", used("ses_1", 0.25)), [usage(960, 250_000)]);
    assert_eq!(story.hear("session.updated", used("ses_child", 0.5)), [usage(1_920, 750_000)]);
    assert_eq!(story.hear("session.updated", used("ses_1", 0.25)), []);
}

#[test]
fn what_is_not_understood_is_passed_over() {
    let mut story = Story::begin();
    for event in [
        json!(null),
        json!([]),
        json!({"type": 1}),
        json!({"type": "message.part.updated", "properties": {"part": 7}}),
    ] {
        assert_eq!(story.replay.translator.translate(event), []);
    }
    assert_eq!(story.hear("session.next.something", json!({"new": true})), []);
}
