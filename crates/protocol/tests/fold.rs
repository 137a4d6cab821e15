//! How a view follows from frames: what is appended, what is dropped, and when a follower must join again.

use proptest::prelude::*;
use slipway_protocol::{
    Applied, Author, Change, ChangeBody, Configuration, Cursor, Delta, Frame, Held, Join, Message, MessageId,
    MessagePage, MessageView, Mode, Part, PartBody, PartId, Phase, Prompt, PromptId, PromptState,
    RepositoryId, Role, SessionHead, SessionId, SessionView, Shortened, Shorthand, ToolCall, ToolStatus,
    Usage, UserId,
};

fn head(title: &str) -> SessionHead {
    SessionHead {
        id: SessionId::new("s1"),
        title: title.into(),
        repository: RepositoryId::new("local/tide"),
        branch: "slipway/tide-1".into(),
        base_branch: "main".into(),
        base_commit: "c0ffee".into(),
        mode: Mode::Build,
        model: None,
        phase: Phase::Idle,
        activity: String::new(),
        tasks: vec![],
        usage: Usage::default(),
        changed_files: vec![],
        allowed: Vec::new(),
        rules: slipway_protocol::Rules::default(),
        note_for_agent: String::new(),
        configuration: Configuration::default(),
        failure: None,
        publishing: slipway_protocol::Publishing::default(),
        created_at: 1,
        active_at: 1,
        archived_at: None,
        packed_bytes: None,
        titled_by_person: false,
        deleted: false,
    }
}

fn message(id: &str, ord: i64) -> Message {
    Message {
        id: MessageId::new(id),
        ord,
        role: Role::Agent,
        author: None,
        mode: Mode::Build,
        created_at: 1,
        ended_at: None,
        changes: None,
    }
}

fn part(id: &str, message: &str, text: &str, open: bool) -> Part {
    Part {
        id: PartId::new(id),
        message: MessageId::new(message),
        ord: 1,
        body: PartBody::Text,
        text: text.into(),
        hidden: 0,
        open,
        parent: None,
        interrupted: false,
        started_at: 1,
        ended_at: (!open).then_some(2),
    }
}

/// A view at revision 5 whose one open part holds `text`.
fn view(text: &str) -> SessionView {
    SessionView {
        cursor: Cursor { generation: 1, revision: 5 },
        head: head("Tide"),
        messages: vec![MessageView { message: message("m1", 1), parts: vec![part("p1", "m1", text, true)] }],
        has_older: false,
        has_newer: false,
        queue: vec![],
        requests: vec![],
    }
}

fn delta(offset: u64, text: &str) -> Frame {
    Frame::Delta(Delta { message: MessageId::new("m1"), part: PartId::new("p1"), offset, text: text.into() })
}

fn text_of(view: &SessionView) -> &str {
    &view.messages[0].parts[0].text
}

#[test]
fn text_grows_by_what_is_new_in_a_delta() {
    let mut held = view("Grüße");
    assert_eq!(held.apply(delta(7, " aus")), Applied::Whole);
    assert_eq!(held.apply(delta(0, "Grüße aus Kiel")), Applied::Whole);
    assert_eq!(held.apply(delta(3, "ü")), Applied::Whole);
    assert_eq!(text_of(&held), "Grüße aus Kiel");
}

#[test]
fn a_hole_in_the_text_asks_to_join_again_with_what_is_held() {
    let mut held = view("abc");
    assert_eq!(held.apply(delta(4, "e")), Applied::Rejoin);
    assert_eq!(text_of(&held), "abc");
    let open = vec![Held { part: PartId::new("p1"), bytes: 3 }];
    assert_eq!(held.join(), Join { cursor: Some(Cursor { generation: 1, revision: 5 }), open });
}

#[test]
fn revisions_follow_one_another_in_the_live_lane() {
    let mut held = view("");
    let rename = |rev, title| Frame::Change(Change { rev, body: ChangeBody::Head(Box::new(head(title))) });
    assert_eq!(held.apply(rename(5, "old news")), Applied::Whole);
    assert_eq!(held.head.title, "Tide");
    assert_eq!(held.apply(rename(6, "Ebb")), Applied::Whole);
    assert_eq!(held.apply(rename(8, "Flood")), Applied::Rejoin);
    assert_eq!((held.head.title.as_str(), held.cursor.revision), ("Ebb", 6));
}

#[test]
fn closing_a_part_sends_its_seal_and_whoever_differs_joins_again() {
    let whole = part("p1", "m1", "all of it", false);
    let mut light = whole.clone();
    light.text = String::new();
    let closed =
        Frame::Change(Change { rev: 6, body: ChangeBody::PartClosed { part: light, seal: whole.seal() } });

    let mut same = view("all of it");
    assert_eq!(same.apply(closed.clone()), Applied::Whole);
    assert_eq!((&same.messages[0].parts[0], same.cursor.revision), (&whole, 6));

    let mut other = view("all of");
    assert_eq!(other.apply(closed), Applied::Rejoin);
    assert_eq!(other.cursor.revision, 5);
    let to = Cursor { generation: 1, revision: 6 };
    let changes = vec![Change { rev: 6, body: ChangeBody::Part(whole.clone()) }];
    assert_eq!(other.apply(Frame::CatchUp { to, changes, tails: vec![] }), Applied::Whole);
    assert_eq!(other, same);
}

#[test]
fn a_stored_row_never_takes_back_text_that_has_streamed() {
    let mut held = view("streamed so far");
    let row = Change { rev: 6, body: ChangeBody::Part(part("p1", "m1", "streamed", true)) };
    assert_eq!(held.apply(Frame::Change(row)), Applied::Whole);
    assert_eq!(text_of(&held), "streamed so far");
}

#[test]
fn a_dropped_part_and_an_unknown_message_leave_nothing() {
    let mut held = view("an attempt");
    let dropped = ChangeBody::PartDropped { message: MessageId::new("m1"), part: PartId::new("p1") };
    assert_eq!(held.apply(Frame::Change(Change { rev: 6, body: dropped })), Applied::Whole);
    let stray = ChangeBody::Part(part("p9", "m9", "not loaded", false));
    assert_eq!(held.apply(Frame::Change(Change { rev: 7, body: stray })), Applied::Whole);
    assert_eq!(held.messages[0].parts, []);
}

#[test]
fn messages_older_than_the_loaded_ones_stay_unloaded_until_asked_for() {
    let mut held = view("");
    held.messages[0].message.ord = 30;
    held.has_older = true;
    let old = message("m0", 29);
    assert_eq!(
        held.apply(Frame::Change(Change { rev: 6, body: ChangeBody::Message(old.clone()) })),
        Applied::Whole
    );
    assert_eq!(held.messages.len(), 1);
    let page = page_of(old, 6);
    assert_eq!(held.prepend(page.clone()), Applied::Whole);
    assert_eq!((ords(&held), held.has_older), (vec![29, 30], false));
    assert_eq!(held.prepend(page), Applied::Whole);
    assert_eq!(ords(&held), [29, 30]);
}

#[test]
fn messages_newer_than_the_loaded_ones_stay_unloaded_until_asked_for() {
    let mut held = view("");
    held.has_newer = true;
    let new = message("m2", 2);
    let said = Frame::Change(Change { rev: 6, body: ChangeBody::Message(new.clone()) });
    assert_eq!(held.apply(said), Applied::Whole);
    assert_eq!((ords(&held), held.cursor.revision), (vec![1], 6));
    let page = page_of(new, 6);
    assert_eq!(held.append(page.clone()), Applied::Whole);
    assert_eq!((ords(&held), held.has_newer), (vec![1, 2], false));
    assert_eq!(held.append(page), Applied::Whole);
    assert_eq!(ords(&held), [1, 2]);
    let newest = Frame::Change(Change { rev: 7, body: ChangeBody::Message(message("m3", 3)) });
    assert_eq!(held.apply(newest), Applied::Whole);
    assert_eq!(ords(&held), [1, 2, 3]);
}

/// What happened to its messages meanwhile was ignored.
#[test]
fn a_page_that_was_read_before_the_view_was_brought_to_today_joins_again() {
    let mut held = view("");
    (held.has_older, held.has_newer) = (true, true);
    assert_eq!(held.append(page_of(message("m2", 2), 4)), Applied::Rejoin);
    assert_eq!((ords(&held), held.join().cursor), (vec![1, 2], Some(Cursor { generation: 1, revision: 4 })));
    assert_eq!(held.prepend(page_of(message("m0", 0), 3)), Applied::Rejoin);
    assert_eq!((ords(&held), held.cursor.revision), (vec![0, 1, 2], 3));
}

fn page_of(message: Message, revision: u64) -> MessagePage {
    MessagePage { messages: vec![MessageView { message, parts: vec![] }], has_more: false, revision }
}

fn ords(view: &SessionView) -> Vec<i64> {
    view.messages.iter().map(|view| view.message.ord).collect()
}

#[test]
fn the_queue_keeps_its_order_and_forgets_what_left_it() {
    let mut held = view("");
    let prompt = |id: &str, position, state| Prompt {
        id: PromptId::new(id),
        position,
        text: id.into(),
        author: Author { id: UserId::new("local"), name: "You".into() },
        mode: Mode::Build,
        model: None,
        attachments: Vec::new(),
        state,
        message: None,
        created_at: 1,
    };
    let steps = [
        prompt("b", 2, PromptState::Queued),
        prompt("a", 1, PromptState::Queued),
        prompt("c", 3, PromptState::Queued),
        prompt("c", 0, PromptState::Queued),
        prompt("a", 1, PromptState::Sent),
    ];
    for (prompt, rev) in steps.into_iter().zip(6..) {
        assert_eq!(
            held.apply(Frame::Change(Change { rev, body: ChangeBody::Prompt(prompt) })),
            Applied::Whole
        );
    }
    let order: Vec<_> = held.queue.iter().map(|prompt| prompt.id.as_str()).collect();
    assert_eq!(order, ["c", "b"]);
}

#[test]
fn a_heartbeat_proves_that_nothing_is_missing() {
    let mut held = view("");
    assert_eq!(held.apply(Frame::Heartbeat { revision: 5 }), Applied::Whole);
    assert_eq!(held.apply(Frame::Heartbeat { revision: 6 }), Applied::Rejoin);
    assert_eq!(held.apply(Frame::Gone), Applied::Gone);
}

#[test]
fn text_of_one_part_travels_short_and_comes_back_the_same() {
    let of_another = Frame::Delta(Delta {
        message: MessageId::new("m1"),
        part: PartId::new("p2"),
        offset: 0,
        text: "b".into(),
    });
    let frames = [
        delta(0, "a"),
        delta(1, "b"),
        Frame::Heartbeat { revision: 5 },
        delta(2, "\"c"),
        of_another,
        delta(4, "d"),
    ];
    let (mut told, mut heard) = (Shorthand::default(), Shorthand::default());
    let texts: Vec<String> =
        frames.iter().map(|frame| serde_json::to_string(&told.shorten(frame.clone())).unwrap()).collect();
    let short: Vec<&str> = texts.iter().map(String::as_str).filter(|text| text.starts_with('[')).collect();
    assert_eq!(short, [r#"[1,"b"]"#, r#"[2,"\"c"]"#]);
    let read = |text: &String| heard.lengthen(serde_json::from_str(text).unwrap());
    assert_eq!(texts.iter().filter_map(read).collect::<Vec<_>>(), frames);

    let unknown = Shorthand::default().lengthen(serde_json::from_str(r#"[1,"b"]"#).unwrap());
    assert_eq!(unknown, None, "whose text it is was never said");
    for wrong in ["[]", "[1]", r#"["b",1]"#, "7", "{}"] {
        assert!(serde_json::from_str::<Shortened>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn frames_travel_as_json_and_come_back_the_same() {
    let frames = [
        delta(3, "ü"),
        Frame::Heartbeat { revision: 7 },
        Frame::Snapshot { view: Box::new(view("text")) },
        Frame::CatchUp {
            to: Cursor { generation: 2, revision: 9 },
            changes: vec![Change { rev: 9, body: ChangeBody::Head(Box::new(head("Tide"))) }],
            tails: vec![],
        },
    ];
    for frame in frames {
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(serde_json::from_str::<Frame>(&json).unwrap(), frame, "{json}");
    }
}

fn command(text: &str, open: bool) -> Part {
    let status = if open { ToolStatus::Running } else { ToolStatus::Completed };
    let call = ToolCall::new("bash", "cargo test", status);
    Part { body: PartBody::Tool(call), ..part("p1", "m1", text, open) }
}

proptest! {
    /// Closed by a seal, replaced whole, replaced as it travels: the same view.
    #[test]
    fn a_long_output_is_shortened_alike_however_its_end_is_heard(line in "[a-zß€]{1,40}\n?", times in 1..2_000_usize) {
        let text = line.repeat(times);
        let whole = command(&text, false);
        let light = Part { text: String::new(), ..whole.clone() };
        let short = whole.clone().shortened();
        let ends = [
            ChangeBody::PartClosed { part: light, seal: whole.seal() },
            ChangeBody::Part(whole),
            ChangeBody::Part(short.clone()),
        ];
        for body in ends {
            let mut held = view("");
            held.messages[0].parts = vec![command(&text, true)];
            prop_assert_eq!(held.apply(Frame::Change(Change { rev: 6, body })), Applied::Whole);
            prop_assert_eq!(&held.messages[0].parts[0], &short);
        }
    }
}
