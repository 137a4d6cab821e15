//! Agents come and go; sessions stay.

use std::time::Duration;

use slipway_protocol::{Author, Command, CommandId, Phase, SubmittedCommand, UserId};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_agent_ends_and_wakes_when_it_is_wanted() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.idle_stop = Duration::from_millis(300)).await;
    let mut session = server.begin("/say one").await;
    session.until(|view| view.messages.len() == 2).await;
    session.until_phase(Phase::Asleep).await;
    session.apply(Command::Wake).await;
    session.until(|view| view.head.phase == Phase::Starting).await;
    session.until_phase(Phase::Asleep).await;
    session.say("/say two").await;
    session.until(|view| view.messages.len() == 4).await;
    session.until_phase(Phase::Asleep).await;
    assert_eq!(session.said(), ["you: /say one", "agent: one", "you: /say two", "agent: two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_sees_the_line_and_the_longest_idle_makes_room() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.max_agents = 1).await;
    let mut first = server.begin("/hold gate").await;
    stage.until_held(&mut first, "gate").await;
    let mut second = server.begin("/say second").await;
    let waits = "Waits for a place among the running agents: next in line";
    second.until(|view| view.head.phase == Phase::WaitingForAgent && view.head.activity == waits).await;
    let mut third = server.begin("/say third").await;
    let waits = "Waits for a place among the running agents: number 2 in line";
    third.until(|view| view.head.activity == waits).await;

    stage.agent.open_gate("gate").await.unwrap();
    second.until(|view| view.messages.len() == 2).await;
    third.until(|view| view.messages.len() == 2).await;
    first.until_phase(Phase::Asleep).await;
    second.until_phase(Phase::Asleep).await;
    third.until_phase(Phase::Idle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_as_many_agents_as_they_may_waits_for_one_of_their_own() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.limits.awake_per_person = 1).await;
    let mut first = server.begin("/hold gate").await;
    stage.until_held(&mut first, "gate").await;
    let mut second = server.begin("/say second").await;
    let waits = "Waits for a place among your own agents (1 at once): next in line";
    second.until(|view| view.head.phase == Phase::WaitingForAgent && view.head.activity == waits).await;

    stage.agent.open_gate("gate").await.unwrap();
    second.until(|view| view.messages.len() == 2).await;
    first.until_phase(Phase::Asleep).await;
    second.until_phase(Phase::Idle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_is_gone_for_everybody() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold never").await;
    stage.until_held(&mut session, "never").await;
    let mut other = server.session(&session.id).await;
    other.until(|view| view.messages.len() == 1).await;
    session.apply(Command::Delete).await;
    other.until_gone().await;
    assert!(stage.store().await.session(&session.id).await.unwrap().is_none());
    assert!(!stage.checkout(&session.id).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_rests_for_long_is_archived_and_goes_on_where_it_was() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server_with("one", |settings| settings.archive_after = Duration::from_secs(3)).await;
    let mut session = server.begin("/say one").await;
    session.until(|view| view.head.packed_bytes.is_some()).await;
    assert!(session.view().head.archived_at.is_some());
    server.end().await;
    assert!(!stage.checkout(&session.id).exists());

    let server = stage.server("one").await;
    let mut session = server.session(&session.id).await;
    session.apply(Command::Restore).await;
    session.until(|view| view.head.archived_at.is_none() && view.head.packed_bytes.is_none()).await;
    assert!(stage.checkout(&session.id).join("clock.txt").exists());
    session.say("/say two").await;
    session.until(|view| view.messages.len() == 4).await;
    session.until_idle().await;
    assert_eq!(session.said(), ["you: /say one", "agent: one", "you: /say two", "agent: two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_put_away_and_brought_back_while_its_agent_starts_has_one_agent() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say so\n/hold gate\n/say it goes on").await;
    session.until_phase(Phase::Starting).await;
    session.apply(Command::Archive).await;
    session.apply(Command::Restore).await;
    session.apply(Command::Wake).await;
    session.until_said("agent: so").await;
    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;
    assert_eq!(session.said(), ["you: /say so\n/hold gate\n/say it goes on", "agent: so it goes on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_keeper_held_is_kept_by_the_server_that_archives() {
    let Some(stage) = Stage::on_a_file() else { return };
    let first = stage.server("one").await;
    let mut here = first.begin("/say early\n/hold gate\n/say late\n/hold never").await;
    stage.until_held(&mut here, "gate").await;
    here.until_said("agent: early").await;
    let _dead = stage.pause(&first).await;
    stage.agent.open_gate("gate").await.unwrap();
    stage.agent.held("never").await.unwrap();
    let author = Author { id: UserId::new("local"), name: "local".into() };
    let archive = SubmittedCommand { id: CommandId::new("archive"), command: Command::Archive };
    stage.store().await.insert_command(&here.id, &author, &archive, None, 1).await.unwrap();

    let again = stage.server("one").await;
    let mut there = again.session(&here.id).await;
    there.until(|view| view.head.packed_bytes.is_some()).await;
    assert_eq!(there.said()[1], "agent: early late");
}
