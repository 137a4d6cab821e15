//! What the agent and its sub-agents do, as one sees it: where it stands, what the phase says, how much of it travels.

use serde_json::{Value, json};
use slipway_protocol::{Command, ErrorKind, Part, PartBody, Person, Phase, UserId};
use slipway_test_support::fake_agent::events::{self, Place};

use crate::{session::Session, stage::Stage};

fn place(session: &str) -> Place {
    Place { session: session.into(), message: format!("msg_of_{session}") }
}

fn tool(session: &str, id: &str, tool: &str, state: Value) -> Value {
    events::part(&events::tool_part(&place(session), id, tool, state))
}

fn words(session: &str, id: &str, text: &str, time: Value) -> Value {
    events::part(&events::text_part(&place(session), id, "text", text, Some(time)))
}

/// A call that runs, or has run.
fn call(status: &str, input: Value, metadata: Value) -> Value {
    json!({"status": status, "input": input, "metadata": metadata, "output": "", "time": {"start": 5, "end": 9}})
}

/// Each part of the last answer: what it is, below what, and whether it was cut short.
fn shown(session: &Session) -> Vec<(String, Option<String>, bool)> {
    let parts = &session.view().messages.last().unwrap().parts;
    let name = |part: &Part| match &part.body {
        PartBody::Tool(call) => call.tool.clone(),
        _ => part.text.trim().to_owned(),
    };
    let parent = |part: &Part| parts.iter().find(|held| Some(&held.id) == part.parent.as_ref()).map(name);
    assert!(parts.iter().all(|part| !part.open));
    parts.iter().map(|part| (name(part), parent(part), part.interrupted)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phase_follows_a_sub_agent_and_its_parts_end_with_its_call() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say I ask.\n/hold gate\n/say Done.").await;
    stage.until_held(&mut session, "gate").await;
    let root = stage.agent_session();
    let say = async |event: Value| stage.agent.emit(&event).await.unwrap();
    let asked = |status: &str| {
        call(status, json!({"description": "Look", "prompt": "Look."}), json!({"sessionId": "ses_child"}))
    };

    // Its first act is heard of before anybody knows who started it.
    say(tool("ses_child", "a", "read", call("running", json!({"filePath": "clock.txt"}), json!({})))).await;
    say(tool(&root, "call", "task", asked("running"))).await;
    session.until_phase(Phase::Exploring).await;
    assert_eq!(session.view().head.activity, "Reading clock.txt");
    say(tool("ses_child", "a", "read", call("completed", json!({"filePath": "clock.txt"}), json!({})))).await;
    say(tool("ses_child", "b", "bash", call("running", json!({"command": "make check"}), json!({})))).await;
    session.until_phase(Phase::Testing).await;
    say(words("ses_child", "c", "", json!({"start": 6}))).await;
    say(events::delta(&place("ses_child"), "c", "Half a sen")).await;
    session.until_phase(Phase::Writing).await;
    say(tool(&root, "call", "task", asked("completed"))).await;

    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;
    let below = |name: &str, cut: bool| (name.to_owned(), Some("task".to_owned()), cut);
    let top = |name: &str| (name.to_owned(), None, false);
    assert_eq!(
        shown(&session),
        [
            top("I ask."),
            top("task"),
            below("read", false),
            below("bash", true),
            below("Half a sen", true),
            top("Done.")
        ]
    );
    assert_eq!(session.view().head.activity, "Done.");
    assert_eq!(session.read().await.messages, session.view().messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_output_is_had_whole_by_those_who_may_see_it() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold gate\n/say Done.").await;
    stage.until_held(&mut session, "gate").await;
    let root = stage.agent_session();
    let output: String = "one line of many\n".repeat(5_000);
    let mut state = call("completed", json!({"command": "cat"}), json!({"output": output, "exit": 0}));
    state["output"] = json!(output);
    stage.agent.emit(&tool(&root, "long", "bash", state)).await.unwrap();
    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;

    let part = &session.view().messages.last().unwrap().parts[0];
    assert!(part.hidden > 0 && part.text.len() + part.hidden as usize == output.len());
    let who = server.engine.sign_in_locally().await.unwrap();
    assert_eq!(server.engine.part_text(&who, &session.id, &part.id).await.unwrap(), output);
    let stranger = Person { id: UserId::new("stranger"), name: "Eve".into() };
    let refused = server.engine.part_text(&stranger, &session.id, &part.id).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agents_title_holds_until_a_person_chooses_one() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("Look at the clock.\n/hold gate\n/say Done.").await;
    stage.until_held(&mut session, "gate").await;
    assert_eq!(session.view().head.title, "Look at the clock");
    let branch = session.view().head.branch.clone();
    let root = stage.agent_session();
    let call_it = async |title: &str| {
        let info = json!({"id": root, "title": title, "cost": 0});
        let event = events::event("session.updated", json!({"sessionID": root, "info": info}));
        stage.agent.emit(&event).await.unwrap();
    };
    call_it("Mend the tower clock.\nAnd more").await;
    session.until(|view| view.head.title == "Mend the tower clock").await;
    session.apply(Command::Rename { title: "Harbour".into() }).await;
    call_it("Something else").await;
    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;
    assert_eq!((session.view().head.title.as_str(), &session.view().head.branch), ("Harbour", &branch));
}
