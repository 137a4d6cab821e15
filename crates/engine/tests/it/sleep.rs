//! Agents come and go; sessions stay.

use std::time::Duration;

use slipway_protocol::{Command, Phase};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_agent_ends_and_wakes_when_it_is_wanted() {
    let Some(stage) = Stage::with(|settings| settings.idle_stop = Duration::from_millis(300)).await else {
        return;
    };
    let mut session = stage.session("/say one").await;
    session.until("the answer", |view| view.messages.len() == 2).await;
    session.until_phase(Phase::Asleep).await;
    session.apply(Command::Wake).await;
    session.until("it wakes", |view| view.head.phase == Phase::Starting).await;
    session.until_phase(Phase::Asleep).await;
    session.say("/say two").await;
    session.until("the second answer", |view| view.messages.len() == 4).await;
    session.until_phase(Phase::Asleep).await;
    assert_eq!(session.said(), ["you: /say one", "agent: one", "you: /say two", "agent: two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_no_place_sees_the_line_and_the_longest_idle_makes_room() {
    let Some(stage) = Stage::with(|settings| settings.max_agents = 1).await else { return };
    let mut first = stage.session("/hold gate").await;
    first.until_held("gate").await;
    let mut second = stage.session("/say second").await;
    let waits = "Waits for a place among the running agents: next in line";
    second
        .until("the second waits", |view| {
            view.head.phase == Phase::WaitingForAgent && view.head.activity == waits
        })
        .await;
    let mut third = stage.session("/say third").await;
    let waits = "Waits for a place among the running agents: number 2 in line";
    third.until("the third waits behind it", |view| view.head.activity == waits).await;

    first.open_gate("gate").await;
    second.until("an answer", |view| view.messages.len() == 2).await;
    third.until("an answer", |view| view.messages.len() == 2).await;
    first.until_phase(Phase::Asleep).await;
    second.until_phase(Phase::Asleep).await;
    third.until_phase(Phase::Idle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_is_gone_for_everybody() {
    let Some(stage) = Stage::set().await else { return };
    let mut session = stage.session("/hold never").await;
    session.until_held("never").await;
    let mut other = stage.look_at(&session.id).await;
    session.apply(Command::Delete).await;
    other.until_gone().await;
    assert!(stage.store.session(&session.id).await.unwrap().is_none());
    assert!(!session.checkout().exists());
}
