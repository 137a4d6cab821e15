//! Recorded event streams of the real OpenCode as they came; see `tests/recordings/README.md`.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use slipway_protocol::PartBody;

use super::{CHECKOUT, Replay};
use crate::{
    AgentEvent,
    opencode::translate::{Translator, Truth},
};

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
    insta::with_settings!({snapshot_path => "../../../tests/recordings/told", prepend_module_to_snapshot => false, omit_expression => true}, {
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
                        PartBody::Notice { .. } | PartBody::Refused { .. } | PartBody::Attachment(_) => false,
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
