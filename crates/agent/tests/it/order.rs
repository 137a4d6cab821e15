//! Orders of events that the real OpenCode takes seldom, said by the fake one under the real keeper.

use serde_json::json;
use slipway_agent::{AgentEvent, FailureKind};
use slipway_protocol::{Answer, Mode};
use slipway_test_support::fake_agent::events::{self, Place};

use crate::stage::FakeStage;

#[tokio::test]
async fn idle_before_the_last_update_is_not_the_end() {
    let Some(stage) = FakeStage::held() else { return };
    let mut talk = stage.talk().await;
    let session = talk.session.clone().unwrap();
    let delivery = talk.prompt("hello", Mode::Build).await;
    let answer = Place { session: session.clone(), message: events::id("msg") };
    let part = events::id("prt");
    let info = |completed| events::message(&events::assistant_info(&answer, &delivery.message, completed));
    let text = |text: &str, time| events::part(&events::text_part(&answer, &part, "text", text, Some(time)));
    stage
        .say([
            events::status(&session, json!({"type": "busy"})),
            info(false),
            text("", json!({"start": 1})),
            events::delta(&answer, &part, "Half a "),
            events::error(&session, "MessageAbortedError", json!({"message": "Aborted"})),
            events::idle(&session),
        ])
        .await;
    talk.until(|event| *event == AgentEvent::Idle { settled: false }).await;
    stage
        .say([
            events::delta(&answer, &part, "word"),
            text("Half a word", json!({"start": 1, "end": 2})),
            info(true),
        ])
        .await;
    talk.idle().await;
    assert_eq!(talk.prose(), ["Half a word"]);
    assert!(talk.parts().all(|part| !part.open));

    // The second idle of the old turn comes after the next prompt, and does not end it.
    let delivery = talk.prompt("next", Mode::Build).await;
    let next = Place { session: session.clone(), message: events::id("msg") };
    stage
        .say([
            events::idle(&session),
            events::status(&session, json!({"type": "busy"})),
            events::message(&events::assistant_info(&next, &delivery.message, false)),
            events::message(&events::assistant_info(&next, &delivery.message, true)),
            events::idle(&session),
        ])
        .await;
    let before = talk.events.len();
    talk.idle().await;
    assert_eq!(talk.events[before..], [AgentEvent::Busy, AgentEvent::Idle { settled: true }]);
    talk.close().await;
}

#[tokio::test]
async fn a_stream_that_breaks_is_a_gap_and_the_truth_mends_it() {
    let Some(stage) = FakeStage::held() else { return };
    let mut talk = stage.talk().await;
    let session = talk.session.clone().unwrap();
    talk.prompt("hello", Mode::Build).await;
    stage.say([events::status(&session, json!({"type": "busy"}))]).await;
    talk.until(|event| *event == AgentEvent::Busy).await;
    stage.control.cut().await.unwrap();
    // Nobody hears it.
    stage
        .control
        .ask(&json!({"id": "per_1", "sessionID": session, "permission": "bash", "patterns": ["ls"],
        "metadata": {"command": "ls"}, "always": ["ls *"]}))
        .await
        .unwrap();
    talk.until(|event| *event == AgentEvent::Gap).await;
    let truth = talk.conversation.reconcile().await.unwrap();
    let asked = truth.iter().filter(|event| matches!(event, AgentEvent::Asked { key, .. } if key == "per_1"));
    assert_eq!(asked.count(), 1);
    // The prompt was taken and nobody is busy with it.
    let failed =
        truth.iter().filter(|event| matches!(event, AgentEvent::Failed { kind: FailureKind::Other, .. }));
    assert_eq!(failed.count(), 1);
    assert_eq!(truth.last(), Some(&AgentEvent::Idle { settled: true }));
    assert!(talk.conversation.answer("per_1", &Answer::AllowOnce).await.unwrap());
    assert!(!talk.conversation.answer("per_1", &Answer::AllowOnce).await.unwrap());
    talk.close().await;
}

#[tokio::test]
async fn left_alone_it_answers_as_the_script_says() {
    let Some(stage) = FakeStage::alone() else { return };
    let mut talk = stage.talk().await;
    talk.turn("/think Hm.\n/words 300\n/bash ls\n/say Done.", Mode::Build).await;
    let words = (1..=300).map(|n| format!("w{n} ")).collect::<Vec<_>>().concat();
    assert_eq!(talk.prose(), [words.as_str(), "Done."]);
    talk.prompt("/say One\n/hold gate\n/say two", Mode::Build).await;
    talk.until(|event| matches!(event, AgentEvent::Delta { text, .. } if text == "One")).await;
    talk.conversation.stop().await.unwrap();
    talk.idle().await;
    talk.close().await;
}
