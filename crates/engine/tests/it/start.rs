//! What is done beside the start of an agent: the files before the first prompt are recorded.

use std::{fs, time::Duration};

use slipway_protocol::{Command, Phase, TurnChanges, UpdateWay};

use crate::{
    session::{PATIENCE, Session},
    shelf::names,
    stage::{Server, Stage},
    undo::changes,
};

fn records(stage: &Stage, session: &Session) -> Vec<String> {
    let folder = stage.checkout(&session.id).join(".git/refs/slipway/checkpoints");
    if folder.exists() { names(&folder) } else { Vec::new() }
}

/// A session whose files are recorded, and whose agent does not get ready.
async fn begin(stage: &Stage, server: &Server) -> Session {
    let session = server.begin("/hold turn\n/say done").await;
    let recorded = async {
        while records(stage, &session).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, recorded).await.expect("the files are never recorded");
    session
}

/// The agent's first turn writes one file.
async fn first_turn(stage: &Stage, session: &mut Session) -> Vec<TurnChanges> {
    session.until(|view| view.queue.is_empty()).await;
    stage.until_held(session, "turn").await;
    fs::write(stage.checkout(&session.id).join("mine.txt"), "mine\n").unwrap();
    stage.agent.open_gate("turn").await.unwrap();
    session.until_idle().await;
    session.until(|view| !changes(view).is_empty()).await;
    changes(session.view())
}

const ONE_FILE: TurnChanges = TurnChanges { files: 1, added: 1, removed: 0, undone: false };

#[tokio::test(flavor = "multi_thread")]
async fn the_files_before_the_first_prompt_are_recorded_while_its_agent_starts() {
    let Some(stage) = Stage::on_a_file() else { return };
    let ready = stage.hold_starts();
    let server = stage.server("one").await;
    let mut session = begin(&stage, &server).await;
    session.until_phase(Phase::Starting).await;
    let before = records(&stage, &session);
    fs::write(&ready, "").unwrap();
    stage.until_held(&mut session, "turn").await;
    assert_eq!(records(&stage, &session), before, "they are recorded once");
    assert_eq!(first_turn(&stage, &mut session).await, [ONE_FILE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_into_the_files_meanwhile_is_not_the_turns() {
    let Some(stage) = Stage::on_a_file() else { return };
    let ready = stage.hold_starts();
    let server = stage.server("one").await;
    let mut session = begin(&stage, &server).await;
    stage.base_moves("theirs.txt", "theirs\n");
    session.apply(Command::UpdateBase { way: UpdateWay::Merge }).await;
    assert!(stage.checkout(&session.id).join("theirs.txt").exists());
    fs::write(&ready, "").unwrap();
    assert_eq!(first_turn(&stage, &mut session).await, [ONE_FILE]);
}
