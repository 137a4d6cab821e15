//! Two servers on one database: whoever comes second owns the session, and the first can do no harm any more.

use std::time::Duration;

use slipway_protocol::{Command, CommandOutcome, Mode, Phase, Role};

use crate::{
    session::{conversation, last_words},
    stage::Stage,
};

slipway_test_support::db_tests!(
    a_paused_owner_in_mid_turn_does_no_harm,
    a_paused_owner_of_an_idle_agent_leaves_it_alone,
    a_server_that_comes_back_under_its_name_has_its_sessions_at_once,
);

async fn a_paused_owner_in_mid_turn_does_no_harm(url: String) {
    let Some(stage) = Stage::set(url) else { return };
    let first = stage.server("first").await;
    let asked = "/words 20\n/hold gate\n/words 30";
    let mut here = first.begin(asked).await;
    let before = here.until(|view| last_words(view).ends_with("w20 ")).await.cursor.generation;

    let paused = stage.pause(&first).await;
    stage.let_the_lease_run_out(&here.id).await;
    let second = stage.server("second").await;
    let mut there = second.session(&here.id).await;
    there.until(|view| view.cursor.generation > before).await;
    stage.agent.open_gate("gate").await.unwrap();
    let words = |count: u32| (1..=count).map(|number| format!("w{number} ")).collect::<Vec<_>>().concat();
    let whole = there.until_idle().await;
    let told = [(Role::User, asked.to_owned()), (Role::Agent, words(20)), (Role::Agent, words(30))];
    let told: Vec<_> = told.iter().map(|(role, text)| (*role, text.as_str())).collect();
    assert_eq!(conversation(&whole), told);

    // It wakes in the middle of a turn that has long ended, and finds that neither agent nor rows are its own.
    drop(paused);
    here.say("/say Still there?").await;
    let answered =
        there.until(|view| last_words(view).trim() == "Still there?" && view.head.phase == Phase::Idle).await;
    assert_eq!(conversation(&answered)[..3], told);
    assert_eq!(stage.prompts(), [asked, "/say Still there?"]);
    assert_eq!(here.read().await.messages, answered.messages, "it reads what the other wrote");
    assert_eq!(there.read().await.cursor.generation, answered.cursor.generation, "nobody took it back");
    first.end().await;
    assert_eq!(there.ask(Command::SetMode { mode: Mode::Plan }).await, CommandOutcome::Applied);
    second.end().await;
}

async fn a_paused_owner_of_an_idle_agent_leaves_it_alone(url: String) {
    let Some(stage) = Stage::set(url) else { return };
    let first = stage.server_with("first", |settings| settings.idle_stop = Duration::from_secs(2)).await;
    let mut here = first.begin("/say Ready.").await;
    let before = here.until_idle().await.cursor.generation;

    let paused = stage.pause(&first).await;
    stage.let_the_lease_run_out(&here.id).await;
    let second = stage.server("second").await;
    let mut there = second.session(&here.id).await;
    there.until(|view| view.cursor.generation > before).await;
    there.say("/say One\n/hold gate\n/say two.").await;
    there.until(|view| last_words(view).trim() == "One").await;

    // Its agent, as it believes, has been idle for too long: it would end it, in the middle of the other's turn.
    drop(paused);
    here.ask(Command::Wake).await;
    first.end().await;
    stage.agent.open_gate("gate").await.unwrap();
    let told = there.until_idle().await;
    assert_eq!(
        conversation(&told).last().map(|(role, text)| (*role, text.trim())),
        Some((Role::Agent, "two."))
    );
    second.end().await;
}

async fn a_server_that_comes_back_under_its_name_has_its_sessions_at_once(url: String) {
    let Some(stage) = Stage::set(url) else { return };
    let first = stage.server("one").await;
    let mut here = first.begin("/say One\n/hold gate\n/say two.").await;
    here.until(|view| last_words(view).trim() == "One").await;

    // As after a crash: nobody lets go of the lease.
    let _paused = stage.pause(&first).await;
    let again = stage.server("one").await;
    let mut there = again.session(&here.id).await;
    stage.agent.open_gate("gate").await.unwrap();
    assert_eq!(last_words(&there.until_idle().await).trim(), "two.");
    again.end().await;
}
