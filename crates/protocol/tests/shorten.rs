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
