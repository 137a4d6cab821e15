//! Undo: the files before a turn come back, and the conversation stays.

use std::fs;

use slipway_protocol::{Command, Mode, SessionView, TurnChanges};

use crate::{session::Session, stage::Stage};

/// A turn during which these files get these contents.
async fn turn(stage: &Stage, session: &mut Session, gate: &str, files: &[(&str, &str)]) {
    stage.until_held(session, gate).await;
    for (name, text) in files {
        fs::write(stage.checkout(&session.id).join(name), text).unwrap();
    }
    stage.agent.open_gate(gate).await.unwrap();
    session.until_idle().await;
}

pub(crate) fn changes(view: &SessionView) -> Vec<TurnChanges> {
    view.messages.iter().filter_map(|view| view.message.changes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_undone_and_done_again_and_the_agent_hears_of_it() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say done").await;
    turn(&stage, &mut session, "first", &[("clock.txt", "tick\ntack\n"), ("new.txt", "new\n")]).await;
    session.until(|view| !changes(view).is_empty()).await;
    let done = TurnChanges { files: 2, added: 2, removed: 1, undone: false };
    assert_eq!(changes(session.view()), [done]);

    let answer = session.answer();
    session.apply(Command::Undo { answer: answer.clone() }).await;
    session.until(|view| changes(view) == [TurnChanges { undone: true, ..done }]).await;
    let read = |name: &str| fs::read_to_string(stage.checkout(&session.id).join(name)).ok();
    assert_eq!((read("clock.txt").as_deref(), read("new.txt")), (Some("tick\ntock\n"), None));
    session.until_said("notice: The turn's changes were undone in 2 files.").await;
    session.until(|view| view.head.changed_files.is_empty()).await;

    session.say("/say I see").await;
    session.until_said("agent: I see").await;
    session.until_idle().await;
    let calls = stage.calls();
    let last = calls.iter().rfind(|call| call.path.ends_with("/prompt_async")).unwrap();
    let note = &last.body["parts"][1];
    assert_eq!(note["synthetic"], true);
    assert!(note["text"].as_str().unwrap().starts_with("The person took back what"), "{note}");
    assert_eq!(session.view().head.note_for_agent, "");

    session.apply(Command::Redo { answer }).await;
    session.until(|view| changes(view) == [done]).await;
    assert_eq!(fs::read_to_string(stage.checkout(&session.id).join("new.txt")).unwrap(), "new\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_is_not_lost_to_an_undo() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say done").await;
    turn(&stage, &mut session, "first", &[("clock.txt", "one\n")]).await;
    session.until(|view| !changes(view).is_empty()).await;
    let first = session.answer();
    session.say("/hold second\n/say done").await;
    turn(&stage, &mut session, "second", &[("clock.txt", "two\n")]).await;
    session.until(|view| changes(view).len() == 2).await;
    let refused = session.refused(Command::Undo { answer: first.clone() }).await;
    assert_eq!(
        refused,
        "Nothing was changed: clock.txt changed since this turn. Undo what came later first."
    );
    assert_eq!(fs::read_to_string(stage.checkout(&session.id).join("clock.txt")).unwrap(), "two\n");

    session.apply(Command::Undo { answer: session.answer() }).await;
    session.apply(Command::Undo { answer: first }).await;
    assert_eq!(fs::read_to_string(stage.checkout(&session.id).join("clock.txt")).unwrap(), "tick\ntock\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_undone_while_the_agent_works() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say done").await;
    turn(&stage, &mut session, "first", &[("clock.txt", "one\n")]).await;
    session.until(|view| !changes(view).is_empty()).await;
    let answer = session.answer();
    session.say("/hold second\n/say done").await;
    stage.until_held(&mut session, "second").await;
    let refused = session.refused(Command::Undo { answer }).await;
    assert_eq!(refused, "The agent is at work. Wait until it has finished, or stop it.");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_changed_in_plan_mode_are_told() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say Hello").await;
    session.until(|view| view.messages.len() == 2).await;
    session.until_idle().await;
    session.apply(Command::SetMode { mode: Mode::Plan }).await;
    session.say("/hold planning\n/say done").await;
    turn(&stage, &mut session, "planning", &[("clock.txt", "sneaky\n")]).await;
    let told = "notice: Files changed while the agent was planning: clock.txt. Plan mode changes none; undo them with the \
                turn above, or keep them.";
    session.until_said(told).await;
}
