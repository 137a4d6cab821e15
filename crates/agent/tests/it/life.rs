//! Servers come and go, agents too; the conversation stays.

use slipway_agent::{Agent, AgentEvent, Permissions, opencode};
use slipway_protocol::Mode;

use crate::stage::{Stage, Talk};

async fn hears(talk: &mut Talk, word: &str) {
    talk.until(|event| matches!(event, AgentEvent::Delta { text, .. } if text.trim() == word)).await;
}

#[tokio::test]
async fn a_turn_outlives_the_server() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    let delivery =
        talk.prompt("/say One two\n/hold first\n/say three\n/hold second\n/say four.", Mode::Build).await;
    hears(&mut talk, "two").await;
    let left = talk.leave();
    stage.model.gates().open("first");
    stage.model.gates().held("second").await;

    let mut talk = stage.take_over(left, 2).await;
    assert!(talk.conversation.knows(&delivery).await.unwrap());
    hears(&mut talk, "three").await;
    stage.model.gates().open("second");
    talk.idle().await;
    assert_eq!(talk.prose(), ["One two three four."]);

    // The next prompt comes after all of it, and what is known is asked for.
    talk.turn("/say Five.", Mode::Build).await;
    assert_eq!(talk.prose(), ["One two three four.", "Five."]);
    talk.close().await;
}

#[tokio::test]
async fn an_agent_that_was_stopped_remembers() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.turn("The word is heron.\n/say Heard.", Mode::Build).await;
    let session = talk.session.clone().unwrap();
    talk.close().await;
    let left = std::fs::read_dir(stage.request(Permissions::Auto).runtime).unwrap();
    assert!(
        left.into_iter().all(|entry| entry.unwrap().path().extension().is_none_or(|kind| kind != "sock"))
    );

    let mut talk = stage.start(stage.request(Permissions::Auto)).await;
    assert_eq!(talk.conversation.open(Some(&session), "").await.unwrap(), session);
    talk.session = Some(session);
    talk.turn("/say Again.", Mode::Build).await;
    assert_eq!(talk.prose(), ["Again."]);
    let last = stage.model.requests().pop().unwrap();
    assert!(last.body["messages"].to_string().contains("The word is heron."));

    // Sent twice, said once.
    let delivery = talk.prompt("/say Once.", Mode::Build).await;
    talk.idle().await;
    assert!(talk.conversation.knows(&delivery).await.unwrap());
    let unsent = talk.conversation.mint();
    assert!(!talk.conversation.knows(&unsent).await.unwrap());

    // A conversation that it does not know begins anew.
    let other = talk.conversation.open(Some("ses_0000000000000000000000000"), "New").await.unwrap();
    assert_ne!(Some(other), talk.session);
    talk.close().await;
}

#[tokio::test]
async fn what_is_true_now_is_told_after_a_gap() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Ask).await;
    talk.turn("/say Before.", Mode::Build).await;
    talk.prompt("/say Now\n/bash echo one\n/say Done.", Mode::Build).await;
    let (key, ..) = talk.asked().await;
    let truth = talk.conversation.reconcile().await.unwrap();
    let asked: Vec<_> = truth
        .iter()
        .filter_map(|event| match event {
            AgentEvent::Asked { key, .. } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, [key.as_str()]);
    assert_eq!(truth.last(), Some(&AgentEvent::Busy));
    for event in &truth {
        talk.apply(event);
    }
    assert_eq!(talk.prose(), ["Before.", "Now"]);
    talk.end_with(&key).await;
    assert_eq!(talk.prose(), ["Before.", "Now", "Done."]);
    let truth = talk.conversation.reconcile().await.unwrap();
    for event in &truth {
        talk.apply(event);
    }
    assert_eq!(talk.prose(), ["Before.", "Now", "Done."]);
    talk.close().await;
}

#[tokio::test]
async fn an_agent_that_dies_says_so() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.prompt("/say Goodbye.\n/bash kill -9 $PPID\n/say x", Mode::Build).await;
    let exited = talk.until(|event| matches!(event, AgentEvent::Exited { .. })).await;
    let AgentEvent::Exited { sentence } = exited else { unreachable!() };
    assert!(sentence.starts_with("The agent ended (") && sentence.contains('9'), "{sentence}");
    assert_eq!(talk.prose(), ["Goodbye."]);
    talk.close().await;
    stage.agent.clear(&stage.request(Permissions::Auto).runtime, 1).await.unwrap();
}

#[tokio::test]
async fn the_doctor_learns_what_is_missing() {
    let nowhere = opencode::check(std::path::Path::new("/nowhere/opencode")).await.unwrap_err();
    assert!(nowhere.to_string().contains("SLIPWAY_OPENCODE"), "{nowhere}");
    // It answers `--version` like OpenCode does, with its own.
    let other = opencode::check(std::path::Path::new("/bin/bash")).await.unwrap_err();
    assert!(other.to_string().contains("was tested with 1.18.33"), "{other}");
}
