//! Long outputs: what is left of them.

use proptest::prelude::*;
use slipway_protocol::{LONGEST_OUTPUT, MessageId, Part, PartBody, PartId, ToolCall, ToolStatus};

fn part(tool: &str, text: &str, open: bool) -> Part {
    let status = if open { ToolStatus::Running } else { ToolStatus::Completed };
    Part {
        id: PartId::new("p1"),
        message: MessageId::new("m1"),
        ord: 1,
        parent: None,
        body: PartBody::Tool(ToolCall::new(tool, "x", status)),
        text: text.into(),
        hidden: 0,
        open,
        interrupted: false,
        started_at: 1,
        ended_at: (!open).then_some(2),
    }
}

#[test]
fn a_command_keeps_its_end_and_everything_else_its_beginning() {
    let lines = (0..4_000).map(|number| format!("line {number}")).collect::<Vec<_>>().join("\n");
    let command = part("bash", &lines, false).shortened();
    assert!(command.text.starts_with("line ") && command.text.ends_with("line 3999"), "{}", command.text);
    assert_eq!(command.hidden as usize + command.text.len(), lines.len());
    let found = part("grep", &lines, false).shortened();
    assert!(found.text.starts_with("line 0\n") && found.text.ends_with('\n'), "{}", found.text);
    assert_eq!(found.hidden as usize + found.text.len(), lines.len());
}

#[test]
fn what_is_short_or_still_grows_or_is_no_tools_stays_whole() {
    let long = "x".repeat(LONGEST_OUTPUT + 1);
    let mut prose = part("bash", &long, false);
    prose.body = PartBody::Text;
    for part in [part("bash", &long[1..], false), part("bash", &long, true), prose] {
        assert_eq!(part.clone().shortened(), part);
    }
}

fn call(mut part: Part, change: impl FnOnce(&mut ToolCall)) -> Part {
    let PartBody::Tool(call) = &mut part.body else { unreachable!("it is a tool's") };
    change(call);
    part
}

#[test]
fn what_went_in_is_left_out_once_the_change_says_it() {
    let given = |diff: Option<&str>, open| {
        call(part("edit", "", open), |call| {
            (call.input, call.diff) = ("{\"newString\":\"a\"}".into(), diff.map(str::to_owned));
        })
    };
    let short = given(Some("+a\n"), false).shortened();
    assert_eq!(short, call(given(Some("+a\n"), false), |call| call.input.clear()));
    for part in [short, given(None, false), given(Some("+a\n"), true)] {
        assert_eq!(part.clone().shortened(), part);
    }
}

#[test]
fn a_call_that_is_over_has_no_name_to_be_asked_about() {
    let named = |open| call(part("bash", "", open), |call| call.id = Some("call_1".into()));
    assert_eq!(named(false).shortened(), part("bash", "", false));
    assert_eq!(named(true).shortened(), named(true));
}

#[test]
fn what_says_nothing_does_not_travel() {
    let plain = part("read", "", false);
    let json = serde_json::to_value(&plain).unwrap();
    let wanted = serde_json::json!({"id": "p1", "message": "m1", "ord": 1, "started_at": 1, "ended_at": 2,
        "body": {"kind": "tool", "tool": "read", "target": "x", "status": "completed"}});
    assert_eq!(json, wanted);
    assert_eq!(serde_json::from_value::<Part>(json).unwrap(), plain);
}

proptest! {
    #[test]
    fn what_is_left_is_one_end_of_the_text(
        line in "[a-zäß€😀]{0,30}\n?",
        times in 1..3_000_usize,
        tool in prop_oneof![Just("bash"), Just("read")],
    ) {
        let text = line.repeat(times);
        let whole = part(tool, &text, false);
        let short = whole.clone().shortened();
        prop_assert!(short.text.len() <= LONGEST_OUTPUT);
        prop_assert_eq!(short.text.len() + short.hidden as usize, text.len());
        let is_end = if tool == "bash" { text.ends_with(&short.text) } else { text.starts_with(&short.text) };
        prop_assert!(is_end);
        prop_assert!(text.len() <= LONGEST_OUTPUT || short.text.len() >= LONGEST_OUTPUT / 2 - 4);
        prop_assert_eq!(short.clone().shortened(), short);
    }
}
