//! Who takes too much is stopped, hears why, and can go on.

use std::{io::Write as _, time::Duration};

use slipway_engine::Limits;
use slipway_protocol::{Command, ErrorKind, NewSession, Role, SessionId, SessionView, TurnChanges};
use slipway_sandbox::Most;

use crate::{
    session::{conversation, new_session},
    stage::Stage,
    undo::changes,
};

/// What the session was told last.
fn told(view: &SessionView) -> &str {
    let said = conversation(view);
    said.iter().rfind(|(role, _)| *role == Role::Notice).map_or("", |(_, text)| text)
}

fn quick(limits: &mut Limits) {
    limits.look_every = Duration::from_millis(100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_takes_too_long_is_stopped_and_the_next_one_is_answered() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.limits.turn = Duration::from_secs(2)).await;
    let mut session = server.begin("/say so far\n/hold never").await;
    let over = "Stopped after 2 s, the longest that a turn may take. Send a message to go on; what was done is kept.";
    session.until(|view| told(view) == over).await;
    assert_eq!(session.said()[1], "agent: so far");
    session.say("/say again").await;
    session.until_said("agent: again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_processes_are_looked_after_where_nobody_holds_them() {
    let Some(stage) = Stage::on_a_file() else { return };
    let most = [
        (Most { memory: 64 << 10, ..Most::default() }, "used more than 64 KB of memory"),
        (Most { processes: 1, ..Most::default() }, "ran 1 processes at once"),
    ];
    for (number, (most, said)) in most.into_iter().enumerate() {
        let change = |limits: &mut Limits| {
            quick(limits);
            limits.held = slipway_sandbox::Limits::without_groups(most);
        };
        let server = stage.server_with(&number.to_string(), |settings| change(&mut settings.limits)).await;
        let mut session = server.begin("/hold never").await;
        session.until(|view| told(view).contains(said)).await;
        session.until(|view| !view.head.phase.is_busy()).await;
        server.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_outgrows_its_disk_is_stopped_and_can_tidy_up() {
    let Some(stage) = Stage::on_a_file() else { return };
    let change = |limits: &mut Limits| {
        quick(limits);
        limits.disk = 64 << 20;
        limits.files = 5_000;
    };
    let server = stage.server_with("one", |settings| change(&mut settings.limits)).await;
    let mut session = server.begin("/say ready").await;
    session.until_idle().await;
    let (checkout, grown) = (stage.checkout(&session.id), stage.checkout(&session.id).join("grown"));

    session.say("/hold big").await;
    stage.agent.held("big").await.unwrap();
    std::fs::write(checkout.join("big"), vec![1; 100 << 20]).unwrap();
    session.until(|view| told(view).contains("used more than 64 MB of disk")).await;
    session.say("/say tidied").await;
    session.until_said("agent: tidied").await;
    std::fs::remove_file(checkout.join("big")).unwrap();

    session.say("/hold many").await;
    stage.agent.held("many").await.unwrap();
    std::fs::create_dir(&grown).unwrap();
    for number in 0..6_000 {
        std::fs::write(grown.join(number.to_string()), "").unwrap();
    }
    session.until(|view| told(view).contains("had more than 5000 files")).await;
    session.until(|view| !view.head.phase.is_busy()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_stopped_for_its_disk_is_undone_and_work_goes_on() {
    let Some(stage) = Stage::on_a_file() else { return };
    let change = |limits: &mut Limits| {
        quick(limits);
        limits.disk = 64 << 20;
    };
    let server = stage.server_with("one", |settings| change(&mut settings.limits)).await;
    let mut session = server.begin("/say ready").await;
    session.until_idle().await;
    let checkout = stage.checkout(&session.id);

    session.say("/say so far\n/hold big").await;
    stage.agent.held("big").await.unwrap();
    std::fs::write(checkout.join("clock.txt"), "stopped\n").unwrap();
    // Whoever writes is not the agent here and would go on after it was stopped, so little is left to write by then.
    let mut big = std::fs::File::create(checkout.join("big")).unwrap();
    big.write_all(&vec![1; 60 << 20]).unwrap();
    big.write_all(&vec![1; 8 << 20]).unwrap();
    session.until(|view| told(view).contains("used more than 64 MB of disk")).await;
    let done = TurnChanges { files: 2, added: 2, removed: 2, undone: false };
    session.until(|view| changes(view) == [done]).await;

    session.apply(Command::Undo { answer: session.answer() }).await;
    session.until(|view| changes(view) == [TurnChanges { undone: true, ..done }]).await;
    assert!(!checkout.join("big").exists());
    assert_eq!(std::fs::read_to_string(checkout.join("clock.txt")).unwrap(), "tick\ntock\n");

    session.say("/hold small\n/say done").await;
    let sent =
        |view: &SessionView| view.messages.iter().filter(|shown| shown.message.role == Role::User).count();
    session.until(|view| sent(view) == 3).await;
    stage.agent.held("small").await.unwrap();
    std::fs::write(checkout.join("clock.txt"), "mended\n").unwrap();
    stage.agent.open_gate("small").await.unwrap();
    session.until_said("agent: done").await;
    session.until_idle().await;
    assert_eq!(session.said().iter().filter(|line| line.starts_with("notice: Stopped")).count(), 1);
    assert_eq!(std::fs::read_to_string(checkout.join("clock.txt")).unwrap(), "mended\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_as_many_sessions_as_they_may_is_told_so() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.limits.sessions_per_person = 1).await;
    let mut session = server.begin("/say one").await;
    session.until_idle().await;
    let who = session.person();
    let repository = server.engine.repositories(&who).await.unwrap().remove(0).id;
    let new = |id: SessionId| NewSession { id, ..new_session(repository.clone(), "Another one") };
    // What was asked for twice was made once.
    assert_eq!(server.engine.create_session(&who, new(session.id.clone())).await.unwrap(), session.id);
    let refusal =
        server.engine.create_session(&who, new(SessionId::new("session-too-many"))).await.unwrap_err();
    assert_eq!(refusal.kind, ErrorKind::Conflict);
    assert!(refusal.sentence.starts_with("You have 1 sessions, which is as many as"), "{refusal}");
}
