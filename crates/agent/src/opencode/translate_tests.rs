//! The translation of what the real OpenCode said. The recordings are its event streams as they came; see
//! `tests/recordings/README.md`.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use slipway_protocol::{PartBody, RequestAsk};

use super::translate::{Translator, Truth, sub_agents_named};
use crate::{AgentEvent, FailureKind};

const CHECKOUT: &str = "/workspace";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn recording(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder().join(format!("{name}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".jsonl")?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The conversation: the first session that anything is said of.
fn root_of(events: &[Value]) -> String {
    let session = events.iter().find_map(|event| event["properties"]["sessionID"].as_str());
    session.unwrap().to_owned()
}

/// Replays events as a conversation would see them: told of each prompt before it is sent.
struct Replay {
    translator: Translator,
    root: String,
    told: Vec<AgentEvent>,
    running: bool,
}

impl Replay {
    fn of(root: &str) -> Self {
        let mut translator = Translator::new(CHECKOUT.into(), None);
        translator.open(root);
        Self { translator, root: root.into(), told: Vec::new(), running: false }
    }

    fn hear(&mut self, event: &Value) {
        let info = &event["properties"]["info"];
        let is_prompt =
            event["type"] == "message.updated" && info["role"] == "user" && info["summary"].is_null();
        if is_prompt && info["sessionID"] == self.root.as_str() && !self.running {
            self.translator.expect(info["id"].as_str().unwrap());
            self.running = true;
        }
        let told = self.translator.translate(event.clone());
        self.running &= !told.contains(&AgentEvent::Idle { settled: true });
        self.told.extend(told);
    }
}

fn translated(events: &[Value]) -> Vec<AgentEvent> {
    let mut replay = Replay::of(&root_of(events));
    for event in events {
        replay.hear(event);
    }
    replay.told
}

/// One line for each event, with what streamed to one part as one.
fn told(events: &[AgentEvent]) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut stream: Option<(&str, String, usize)> = None;
    let mut names = BTreeMap::new();
    let mut name = |key: &str| {
        let next = names.len() + 1;
        *names.entry(key.to_owned()).or_insert(next)
    };
    for event in events.iter().map(Some).chain([None]) {
        match (&mut stream, event) {
            (Some((key, text, pieces)), Some(AgentEvent::Delta { key: same, text: more })) if key == same => {
                text.push_str(more);
                *pieces += 1;
                continue;
            }
            _ => {}
        }
        if let Some((key, text, pieces)) = stream.take() {
            lines.push(format!("#{} <- {text:?} in {pieces}", name(key)));
        }
        match event {
            Some(AgentEvent::Delta { key, text }) => stream = Some((key, text.clone(), 1)),
            Some(event) => lines.push(line(event, &mut name)),
            None => {}
        }
    }
    lines.join("\n")
}

fn line(event: &AgentEvent, name: &mut impl FnMut(&str) -> usize) -> String {
    match event {
        AgentEvent::Part(part) => {
            let body = match &part.body {
                PartBody::Tool(call) => format!(
                    "{} {:?} {:?} input={} diff={:?} +{} -{} exit={:?} error={:?}",
                    call.tool,
                    call.status,
                    call.target,
                    call.input,
                    call.diff,
                    call.added,
                    call.removed,
                    call.exit,
                    call.error
                ),
                other => format!("{other:?}"),
            };
            let state = if part.open { "open" } else { "closed" };
            let below = part.parent.as_ref().map(|parent| format!(" below #{}", name(parent)));
            let below = below.unwrap_or_default();
            format!("#{}{below} {state} text={:?} {body}", name(&part.key), part.text)
        }
        AgentEvent::Dropped { key } => format!("#{} dropped", name(key)),
        AgentEvent::AskClosed { key } => format!("ask #{} closed", name(key)),
        AgentEvent::Asked { key, ask, from_sub_agent } => {
            let who = if *from_sub_agent { "sub-agent asks" } else { "asks" };
            format!("{who} #{} {ask:?}", name(key))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn every_recording_is_told() {
    insta::with_settings!({snapshot_path => "../../tests/recordings/told", prepend_module_to_snapshot => false, omit_expression => true}, {
        for recorded in names() {
            insta::assert_snapshot!(recorded.clone(), told(&translated(&recording(&recorded))));
        }
    });
}

#[test]
fn what_streamed_is_what_ends() {
    let mut ended = 0;
    for recorded in names() {
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for event in translated(&recording(&recorded)) {
            match event {
                AgentEvent::Delta { key, text } => texts.get_mut(&key).unwrap().push_str(&text),
                AgentEvent::Part(part) if part.open => {
                    let text = part.text.or_else(|| texts.get(&part.key).cloned());
                    texts.insert(part.key, text.unwrap_or_default());
                }
                AgentEvent::Part(part) => {
                    let streams = match &part.body {
                        PartBody::Text | PartBody::Reasoning => true,
                        PartBody::Tool(call) => call.tool == "bash",
                        PartBody::Notice { .. } => false,
                    };
                    if streams {
                        assert_eq!(texts.get(&part.key), part.text.as_ref(), "{recorded} {}", part.key);
                        ended += 1;
                    }
                }
                _ => {}
            }
        }
    }
    assert!(ended > 30, "{ended}");
}

#[test]
fn a_turn_ends_once_and_settled() {
    // These two were cut off before their end.
    for recorded in
        names().into_iter().filter(|name| !["error-500-exhausted", "error-drop"].contains(&name.as_str()))
    {
        let events = recording(&recorded);
        let mut prompts = 0;
        let mut settled = 0;
        let mut replay = Replay::of(&root_of(&events));
        for event in &events {
            let was_running = replay.running;
            replay.hear(event);
            prompts += usize::from(!was_running && replay.running);
        }
        settled += replay.told.iter().filter(|event| **event == AgentEvent::Idle { settled: true }).count();
        assert_eq!(settled, prompts, "{recorded}");
    }
}

/// Whoever takes over in the middle is told the same from there on, except for what grew before.
#[test]
fn a_fresh_translator_goes_on_anywhere() {
    for recorded in names() {
        let events = recording(&recorded);
        let root = root_of(&events);
        let whole = translated(&events);
        for cut in (0..events.len()).step_by(7) {
            let mut fresh = Translator::new(CHECKOUT.into(), Some(root.clone()));
            for event in &events[..cut] {
                let properties = &event["properties"];
                if event["type"] == "message.updated" {
                    fresh.learn(&serde_json::from_value(properties["info"].clone()).unwrap());
                } else if event["type"] == "message.part.updated" {
                    fresh.learn_part(&serde_json::from_value(properties["part"].clone()).unwrap());
                }
            }
            let rest: Vec<_> =
                events[cut..].iter().flat_map(|event| fresh.translate(event.clone())).collect();
            let closed = |events: &[AgentEvent]| -> Vec<_> {
                let parts = events.iter().filter_map(|event| match event {
                    AgentEvent::Part(part) if !part.open && !matches!(part.body, PartBody::Notice { .. }) => {
                        Some((part.key.clone(), part.text.clone()))
                    }
                    _ => None,
                });
                parts.collect()
            };
            let (rest, whole) = (closed(&rest), closed(&whole));
            assert!(whole.ends_with(&rest), "{recorded} from {cut}");
        }
    }
}

/// What is asked for after a gap brings the same end as what was heard.
#[test]
fn the_truth_mends_a_gap() {
    let events = recording("tool-turn-multi");
    let stored: Value =
        serde_json::from_str(&fs::read_to_string(folder().join("tool-turn-multi.messages.json")).unwrap())
            .unwrap();
    let root = root_of(&events);
    let whole = translated(&events);
    let last_of = |events: &[AgentEvent]| -> BTreeMap<String, (PartBody, Option<String>)> {
        let parts = events.iter().filter_map(|event| match event {
            AgentEvent::Part(part) if !part.open => {
                Some((part.key.clone(), (part.body.clone(), part.text.clone())))
            }
            _ => None,
        });
        parts.collect()
    };
    for cut in [4, 40, 80] {
        let mut replay = Replay::of(&root);
        events[..cut].iter().for_each(|event| replay.hear(event));
        let truth = Truth {
            sessions: Vec::new(),
            status: None,
            permissions: Vec::new(),
            questions: Vec::new(),
            todos: serde_json::from_value(json!([{"content": "Write file", "status": "completed"}])).unwrap(),
            messages: serde_json::from_value(stored.clone()).unwrap(),
            of_sub_agents: HashMap::new(),
        };
        assert!(!truth.awaits_an_answer());
        let mended = replay.translator.reconcile(truth);
        assert_eq!(mended.last(), Some(&AgentEvent::Idle { settled: true }));
        replay.told.extend(mended);
        assert_eq!(last_of(&replay.told), last_of(&whole), "from {cut}");
    }
}

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

struct Story {
    replay: Replay,
}

/// Events as OpenCode would send them, made by hand.
impl Story {
    fn begin() -> Self {
        Self { replay: Replay::of("ses_1") }
    }

    fn hear(&mut self, kind: &str, properties: Value) -> Vec<AgentEvent> {
        let mut properties = properties;
        properties["sessionID"] = properties.get("sessionID").cloned().unwrap_or_else(|| json!("ses_1"));
        let before = self.replay.told.len();
        self.replay.hear(&json!({"type": kind, "properties": properties}));
        self.replay.told[before..].to_vec()
    }

    fn message(&mut self, id: &str, role: &str, completed: bool) -> Vec<AgentEvent> {
        let time = if completed { json!({"completed": 1}) } else { json!({}) };
        self.hear(
            "message.updated",
            json!({"info": {"id": id, "sessionID": "ses_1", "role": role, "time": time}}),
        )
    }

    fn error(&mut self, message: &str) -> Vec<AgentEvent> {
        self.hear("session.error", json!({"error": {"name": "UnknownError", "data": {"message": message}}}))
    }

    fn idle(&mut self) -> Vec<AgentEvent> {
        self.hear("session.idle", json!({}))
    }
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
    let usage = |cost_micros| AgentEvent::Usage { context_used: 1057, cost_micros };
    assert_eq!(story.hear("message.part.updated", step), [usage(0)]);
    let cost = |id: &str, cost: f64| json!({"info": {"id": id, "title": "", "cost": cost}});
    assert_eq!(story.hear("session.updated", cost("ses_1", 0.25)), [usage(250_000)]);
    assert_eq!(story.hear("session.updated", cost("ses_child", 0.5)), [usage(750_000)]);
    assert_eq!(story.hear("session.updated", cost("ses_1", 0.25)), []);
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
