//! A conversation that has grown long goes on with a summary of itself.

use slipway_agent::{AgentEvent, Permissions};
use slipway_protocol::{Mode, ModelRef, Notice, PartBody};

use crate::stage::{Stage, Talk};

/// The summary is asked for and written.
async fn compact(talk: &mut Talk) {
    let delivery = talk.conversation.mint();
    assert!(!talk.conversation.has_begun_to_compact(&delivery).await.unwrap());
    talk.conversation.compact(&delivery, ModelRef::parse("scripted/fake-1").unwrap()).await.unwrap();
    talk.idle().await;
    assert!(talk.conversation.has_begun_to_compact(&delivery).await.unwrap());
}

#[tokio::test]
async fn a_summary_is_written_when_a_person_asks_for_it() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.turn("The word is heron.\n/say Heard.", Mode::Build).await;
    compact(&mut talk).await;
    assert_eq!(talk.prose(), ["Heard."], "the summary is for the model");
    let notices = talk.parts().filter(|part| part.body == PartBody::Notice { notice: Notice::Information });
    let notices: Vec<_> = notices.map(|part| part.text.as_str()).collect();
    assert_eq!(notices, ["The conversation so far was summarized. The agent goes on with the summary."]);
    let summary = stage.model.requests().pop().unwrap();
    assert!(summary.body["messages"].to_string().contains("The word is heron."));

    talk.turn("/say Go on.", Mode::Build).await;
    assert_eq!(talk.prose(), ["Heard.", "Go on."]);
    let after = stage.model.requests().pop().unwrap();
    assert!(!after.body["messages"].to_string().contains("The word is heron."), "the summary stands for it");
    assert!(!talk.events.iter().any(|event| matches!(event, AgentEvent::Failed { .. })));
    talk.close().await;
}

#[tokio::test]
async fn a_server_that_takes_over_finds_the_summary_under_way() {
    let Some(stage) = Stage::set().await else { return };
    let mut talk = stage.talk(Permissions::Auto).await;
    talk.turn("/say Heard.", Mode::Build).await;
    let delivery = talk.conversation.mint();
    talk.conversation.compact(&delivery, ModelRef::parse("scripted/fake-1").unwrap()).await.unwrap();
    talk.until(|event| matches!(event, AgentEvent::Busy)).await;
    let mut talk = stage.take_over(talk.leave(), 2).await;
    talk.idle().await;
    assert!(talk.conversation.has_begun_to_compact(&delivery).await.unwrap());
    talk.turn("/say Go on.", Mode::Build).await;
    assert_eq!(talk.prose(), ["Heard.", "Go on."]);
    talk.close().await;
}
