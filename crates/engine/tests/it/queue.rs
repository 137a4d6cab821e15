//! The queue: durable, ordered, one prompt in flight.

use slipway_protocol::{
    Author, Command, CommandId, CommandOutcome, Failure, Phase, PromptId, SessionView, SubmittedCommand,
    UserId,
};

use crate::stage::Stage;

const REFUSED: &str = "/hold key\n/fail 401 message Not valid";

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_edited_moved_removed_and_answered_in_its_order() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say one").await;
    stage.until_held(&mut session, "first").await;
    let [two, three, four] =
        [session.say("/say two").await, session.say("/say three").await, session.say("/say four").await];
    session.apply(Command::EditPrompt { prompt: two.clone(), text: "/say zwei".into() }).await;
    session.apply(Command::MovePrompt { prompt: four.clone(), before: Some(two.clone()) }).await;
    session.apply(Command::RemovePrompt { prompt: three.clone() }).await;
    let waits = |texts: [&'static str; 2]| {
        move |view: &SessionView| view.queue.iter().map(|prompt| prompt.text.as_str()).eq(texts)
    };
    session.until(waits(["/say four", "/say zwei"])).await;
    session.apply(Command::MovePrompt { prompt: four, before: None }).await;
    session.until(waits(["/say zwei", "/say four"])).await;

    let refused = session.refused(Command::EditPrompt { prompt: three, text: "late".into() }).await;
    assert_eq!(refused, "This message was sent already.");
    stage.agent.open_gate("first").await.unwrap();
    session.until_idle().await;
    let told = [
        "you: /hold first\n/say one",
        "agent: one",
        "you: /say zwei",
        "agent: zwei",
        "you: /say four",
        "agent: four",
    ];
    assert_eq!(session.said(), told);
    let refused = session.refused(Command::MovePrompt { prompt: two, before: None }).await;
    assert_eq!(refused, "This message was sent already.");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_the_turn_and_the_next_prompt_is_sent_at_once() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say half\n/hold never\n/say whole").await;
    session.until(|view| view.messages.len() == 2 && view.messages[1].parts.len() == 1).await;
    session.say("/say next").await;
    session.apply(Command::Stop { turn: None }).await;
    session.until_idle().await;
    let said = session.said();
    assert_eq!(said[..2], ["you: /say half\n/hold never\n/say whole", "agent: half"]);
    assert!(said[2].starts_with("notice: Stopped after "), "{said:?}");
    assert_eq!(said[3..], ["you: /say next", "agent: next"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_comes_too_late_is_not_for_the_next_turn() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say one").await;
    stage.until_held(&mut session, "first").await;
    session.until(|view| view.running_turn().is_some()).await;
    let first = session.view().running_turn();
    session.say("/say so\n/hold second\n/say two").await;
    stage.agent.open_gate("first").await.unwrap();
    session.until_said("agent: so").await;
    assert_ne!(session.view().running_turn(), first);
    session.apply(Command::Stop { turn: first }).await;
    session.apply(Command::Rename { title: "Applied after the stop".into() }).await;
    stage.agent.open_gate("second").await.unwrap();
    session.until_idle().await;
    let said = session.said();
    assert_eq!(said.last().unwrap(), "agent: so two", "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn send_now_goes_before_what_waits() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold never").await;
    stage.until_held(&mut session, "never").await;
    session.say("/say patient").await;
    let urgent = session.say("/say urgent").await;
    session.apply(Command::SendNow { prompt: urgent }).await;
    session.until_idle().await;
    let sent = ["/hold never", "/say urgent", "/say patient"];
    assert_eq!(stage.prompts(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_twice_makes_one_prompt() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say one").await;
    let prompt = PromptId::new("the-second");
    let command =
        Command::Prompt { prompt, text: "/say two".into(), mode: None, model: None, attachments: Vec::new() };
    for _ in 0..3 {
        assert_eq!(session.ask_as("once-only", command.clone()).await, CommandOutcome::Applied);
    }
    session.until(|view| view.messages.len() == 4).await;
    session.until_idle().await;
    assert_eq!(stage.prompts(), ["/say one", "/say two"]);
    assert_eq!(session.said(), ["you: /say one", "agent: one", "you: /say two", "agent: two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_failed_is_tried_again_also_by_the_next_server() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/fail 400").await;
    session.until(|view| view.messages.last().is_some_and(|view| view.message.author.is_none())).await;
    session.until_idle().await;
    let id = session.id.clone();
    server.end().await;
    let server = stage.server("one").await;
    let mut session = server.session(&id).await;
    session.apply(Command::Retry).await;
    session
        .until(|view| view.messages.iter().filter(|view| view.message.author.is_some()).count() == 2)
        .await;
    session.until_idle().await;
    assert_eq!(stage.prompts(), ["/fail 400", "/fail 400"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_person_can_mend_waits_for_one_and_the_queue_with_it() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin(REFUSED).await;
    stage.until_held(&mut session, "key").await;
    session.say("/say two").await;
    stage.agent.open_gate("key").await.unwrap();
    session.until_phase(Phase::Failed).await;
    let refused =
        "The model provider refused the API key (“Not valid”). Check the provider's key in the settings.";
    let head = session.view().head.clone();
    let failure = Failure { sentence: refused.into(), can_retry: true, blocks: true };
    assert_eq!((head.activity.as_str(), head.failure), (refused, Some(failure)));

    // Neither another server nor waking the agent does something about it.
    let id = session.id.clone();
    server.end().await;
    let server = stage.server("one").await;
    let mut session = server.session(&id).await;
    session.until_phase(Phase::Failed).await;
    session.apply(Command::Wake).await;
    session.until_phase(Phase::Starting).await;
    session.until_phase(Phase::Failed).await;
    assert_eq!((stage.prompts(), session.view().queue.len()), (vec![REFUSED.into()], 1));

    // What is tried again goes before what waits, and ends in the same way.
    session.apply(Command::Retry).await;
    stage.until_held(&mut session, "key").await;
    session.until(|view| view.head.phase.is_busy() && view.head.failure.is_none()).await;
    stage.agent.open_gate("key").await.unwrap();
    session.until_phase(Phase::Failed).await;
    assert_eq!((stage.prompts(), session.view().queue.len()), (vec![REFUSED.into(), REFUSED.into()], 1));

    session.say("/say three").await;
    session.until_idle().await;
    assert_eq!(stage.prompts(), [REFUSED, REFUSED, "/say two", "/say three"]);
    assert_eq!(session.said()[4..], ["you: /say two", "agent: two", "you: /say three", "agent: three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_a_dead_server_never_saw_is_not_for_the_next_turn() {
    let said = after_a_stop_that_a_dead_server_never_saw(|_| {}).await;
    let Some(said) = said else { return };
    assert!(said[2].starts_with("notice: Stopped after "), "{said:?}");
    assert_eq!(said[3..], ["you: /say two", "agent: two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_when_the_agent_died_as_well() {
    let said = after_a_stop_that_a_dead_server_never_saw(Stage::kill_keepers).await;
    let Some(said) = said else { return };
    assert!(said[2].starts_with("notice: The agent ") && said[2].ends_with("was kept."), "{said:?}");
    assert_eq!(said[3..], ["you: /say two", "agent: two"]);
}

/// Two prompts, and a stop that was meant for the first and is found by the next server. What was said in the end.
async fn after_a_stop_that_a_dead_server_never_saw(then: impl FnOnce(&Stage)) -> Option<Vec<String>> {
    let stage = Stage::on_a_file()?;
    let first = stage.server("one").await;
    let mut here = first.begin("/say so\n/hold first\n/say one").await;
    stage.until_held(&mut here, "first").await;
    // What a server never heard, it cannot have kept.
    here.until_said("agent: so").await;
    here.say("/say two").await;
    let _dead = stage.pause(&first).await;
    let author = Author { id: UserId::new("local"), name: "local".into() };
    let stop = SubmittedCommand { id: CommandId::new("stop"), command: Command::Stop { turn: None } };
    let store = stage.store().await;
    store.insert_command(&here.id, &author, &stop, None, 1).await.unwrap();
    then(&stage);

    let again = stage.server("one").await;
    let mut there = again.session(&here.id).await;
    there.until_said("agent: two").await;
    assert_eq!(store.outcome(&here.id, &stop.id).await.unwrap(), Some(CommandOutcome::Applied));
    again.end().await;
    Some(there.said())
}
