//! Much of something: many who look, one who doesn't, long outputs. Memory stays flat, others get everything.
//!
//! Growth is compared with generous bounds in KiB: what is measured is whether it follows the amount.

use futures::future::join_all;
use serde_json::{Value, json};
use slipway_test_support::fake_agent::events;

use crate::{
    running::{Running, until},
    tab::{Tab, said, stored},
};

const MEGABYTE: u64 = 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_tabs_see_one_answer() {
    slipway_server::allow_many_open_files();
    let generous = [("SLIPWAY_SOCKETS_PER_PERSON", "2000"), ("SLIPWAY_REQUESTS_PER_MINUTE", "100000")];
    let server = Running::start(&generous).await;
    let session =
        server.person.create_session_saying("Count.\n/say Ready.\n/hold count\n/words 400\n/say Done.").await;
    let mut first = Tab::open(&server.person, &session).await;
    first.until(|view| said(view).contains("Ready.")).await;
    let before = server.memory();
    // A few at a time: each opens a connection.
    let mut tabs = Vec::new();
    while tabs.len() < 1000 {
        tabs.extend(join_all((0..50).map(|_| Tab::open(&server.person, &session))).await);
    }
    server.control.open_gate("count").await.unwrap();
    let seen = first.ended("Done.").await;
    assert!(said(&seen).contains("w399 w400"));
    for tab in &mut tabs {
        assert_eq!(tab.ended("Done.").await.messages, seen.messages);
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 200 * MEGABYTE, "1000 tabs took {grown} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pieces_wait_for_who_does_not_look() {
    let server = Running::start(&[]).await;
    let session = server
        .person
        .create_session_saying("Count.\n/say Ready.\n/hold count\n/words 10000\n/say Done.")
        .await;
    let mut quick = Tab::open(&server.person, &session).await;
    quick.until(|view| said(view).contains("Ready.")).await;
    let mut late = Tab::open(&server.person, &session).await;
    let before = server.memory();
    server.control.open_gate("count").await.unwrap();
    let seen = quick.ended("Done.").await;
    let words = (1..=10_000).map(|number| format!("w{number} ")).collect::<Vec<_>>().concat();
    assert!(said(&seen).contains(words.trim_end()));
    assert_eq!(late.ended("Done.").await.messages, seen.messages);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 64 * MEGABYTE, "10,000 pieces took {grown} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_is_cut_and_comes_back_to_everything() {
    let server = Running::start(&[]).await;
    let session = server.person.create_session_saying("Begin.\n/say Ready.").await;
    let mut quick = Tab::open(&server.person, &session).await;
    quick.ended("Ready.").await;
    let mut slow = Tab::open(&server.person, &session).await;
    slow.ended("Ready.").await;
    let before = server.memory();
    let turn = server.held_turn(&session).await;
    // More than any socket holds: the slow tab's fills up and stays full.
    for number in 0..160 {
        turn.text(&format!("{number} {}", "x".repeat(64 * 1024))).await;
    }
    quick.until(|view| said(view).contains("\n159 ")).await;
    until("the slow one is cut", async || (!server.holds(&slow)).then_some(())).await;
    turn.end().await;
    // A page so heavy holds no more than this answer.
    let answer = quick.ended("The end.").await.messages.pop();
    let seen = slow.ended("The end.").await;
    assert_eq!((seen.messages.len(), seen.has_older), (1, true));
    assert_eq!(seen.messages.last(), answer.as_ref());
    assert_eq!(stored(&server.person, &session).await.messages, seen.messages);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 150 * MEGABYTE, "10 MB took {grown} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_output_of_50_mb_a_bounded_part_is_kept() {
    let server = Running::start(&[]).await;
    let session = server.person.create_session_saying("Begin.\n/say Ready.").await;
    let mut tab = Tab::open(&server.person, &session).await;
    tab.ended("Ready.").await;
    let before = server.memory();
    let turn = server.held_turn(&session).await;
    let id = events::id("prt");
    // As OpenCode sends it: the last 30,000 characters, each time anew.
    let shown = |number: u32| format!("...\n\n{}", format!("line {number:08}\n").repeat(30_000 / 14));
    let state = |status: &str, number: u32| {
        let output = if status == "completed" { shown(number) } else { String::new() };
        json!({"status": status, "input": {"command": "yes"}, "output": output, "title": "yes",
            "metadata": {"output": shown(number)}, "time": {"start": 1, "end": 2}})
    };
    for number in 0..1_700 {
        turn.tool(&id, "bash", state("running", number)).await;
    }
    turn.tool(&id, "bash", state("completed", 1_700)).await;
    turn.end().await;
    let seen = tab.ended("The end.").await;
    let tool =
        seen.messages.iter().flat_map(|message| &message.parts).find(|part| part.body.slug() == "tool");
    let tool = tool.expect("the call");
    assert!(tool.text.len() <= slipway_protocol::LONGEST_OUTPUT, "{} bytes travel", tool.text.len());
    let kept = tool.text.len() + tool.hidden as usize;
    assert!((2_000_000..=2 * 1024 * 1024).contains(&kept), "{kept} bytes are kept");
    assert!(tool.text.ends_with("\nline 00001700\n"), "a command shows its end");
    assert_eq!(stored(&server.person, &session).await.messages, seen.messages);
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 64 * MEGABYTE, "50 MB took {grown} KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_said_while_the_agents_stream_is_broken_are_not_lost() {
    let server = Running::start(&[]).await;
    let message = "Count.\n/say Ready.\n/cut\n/words 500\n/step\n/say Done.";
    let session = server.person.create_session_saying(message).await;
    let mut tab = Tab::open(&server.person, &session).await;
    let words = (1..=500).map(|number| format!("w{number} ")).collect::<Vec<_>>().concat();
    tab.until(|view| !view.head.phase.is_busy() && said(view).contains("Done.")).await;
    let seen = tab.until(|view| said(view).contains(words.trim_end())).await;
    assert_eq!(stored(&server.person, &session).await.messages, seen.messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_brings_of_what_the_agent_read_and_wrote_little_more_than_is_shown() {
    const CALLS: usize = 50;
    let server = Running::start(&[]).await;
    let session = server.person.create_session_saying("Begin.\n/say Ready.").await;
    let mut tab = Tab::open(&server.person, &session).await;
    tab.ended("Ready.").await;
    let turn = server.held_turn(&session).await;
    let state = |path: &str, input: Value, output: &str, metadata: Value| {
        json!({"status": "completed", "input": input, "output": output, "title": path, "metadata": metadata,
            "time": {"start": 1, "end": 2}})
    };
    let file = "a line of forty letters, as many files have\n".repeat(300);
    let text = "a line that was written\n".repeat(40);
    for number in 0..CALLS {
        let path = format!("src/file_{number}.rs");
        let read = state(&path, json!({"filePath": path}), &file, json!({"display": {"text": file}}));
        turn.tool(&events::id("prt"), "read", read).await;
        let input = json!({"filePath": path, "oldString": "", "newString": text});
        let diff = format!("--- {path}\n+++ {path}\n@@ -0,0 +1,40 @@\n{}", text.replace("a line", "+a line"));
        turn.tool(&events::id("prt"), "edit", state(&path, input, "Done.", json!({"diff": diff}))).await;
    }
    turn.end().await;
    let seen = tab.ended("The end.").await;
    assert_eq!(stored(&server.person, &session).await.messages, seen.messages);
    let page = server.person.get(&format!("/sessions/{session}")).await.text().await.unwrap();
    let said = CALLS * (file.len() + text.len());
    assert!(page.contains("src/file_49.rs") && page.len() < said / 2, "{} bytes of {said}", page.len());
    // The whole of it is there for whoever asks.
    let read = seen.messages.iter().flat_map(|message| &message.parts).find(|part| part.hidden > 0);
    let asked = json!({ "session": session, "part": read.expect("a read file").id });
    assert_eq!(server.person.call("sessions/part", asked).await, (200, Value::String(file)));
}
