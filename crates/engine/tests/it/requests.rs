//! What the agent asks: answered once, remembered, and never a reason to hang.

use serde_json::{Value, json};
use slipway_protocol::{AllowedAct, Answer, Command, PermissionAsk, Phase, RequestAsk, RequestState};

use crate::{session::Session, stage::Stage};

/// The agent asks whether it may list files.
async fn ask(stage: &Stage, session: &mut Session, gate: &str, key: &str) {
    stage.until_held(session, gate).await;
    let agent_session = stage.agent_session();
    let request = json!({"id": key, "sessionID": agent_session, "permission": "bash", "patterns": ["ls -la"],
        "metadata": {"command": "ls -la"}, "always": ["ls *"]});
    stage.agent.ask(&request).await.unwrap();
    session.until_phase(Phase::WaitingForYou).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_counts_and_the_second_is_told_so() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold gate\n/say done").await;
    ask(&stage, &mut session, "gate", "per_1").await;
    let request = session.view().requests[0].id.clone();
    let mut other = server.session(&session.id).await;
    let answer = |answer| Command::Answer { request: request.clone(), answer };
    session.apply(answer(Answer::AllowOnce)).await;
    let refused = other.refused(answer(Answer::Deny)).await;
    assert_eq!(refused, "This was answered already, or the agent no longer waits for it.");
    other.until(|view| view.requests.is_empty()).await;
    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;
    let replies: Vec<_> = stage.calls();
    let replies = replies.iter().filter(|call| call.path == "/permission/per_1/reply").count();
    assert_eq!(replies, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_for_good_is_told_to_the_next_agent() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold gate\n/say done").await;
    ask(&stage, &mut session, "gate", "per_1").await;
    let request = session.view().requests[0].id.clone();
    session.apply(Command::Answer { request, answer: Answer::AlwaysAllow }).await;
    stage.agent.open_gate("gate").await.unwrap();
    session.until_idle().await;
    let allowed = AllowedAct { action: "bash".into(), pattern: "ls *".into() };
    assert_eq!(session.view().head.allowed, std::slice::from_ref(&allowed));
    let bash = |configuration: &Value| configuration["agent"]["build"]["permission"]["bash"].clone();
    assert_eq!(stage.starts().iter().map(bash).collect::<Vec<_>>(), [json!("ask")]);
    let id = session.id.clone();
    server.end().await;

    let server = stage.server("one").await;
    let mut session = server.session(&id).await;
    session.say("/say again").await;
    session.until_idle().await;
    assert_eq!(session.view().head.allowed, [allowed]);
    assert_eq!(stage.starts().iter().map(bash).next_back(), Some(json!({"*": "ask", "ls *": "allow"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_shows_no_secret() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold gate\n/say done").await;
    stage.until_held(&mut session, "gate").await;
    let command = format!("login --token ghp_{} now", "a1B2c3D4e5".repeat(4));
    let request = json!({"id": "per_1", "sessionID": stage.agent_session(), "permission": "bash",
        "patterns": [&command], "metadata": {"command": &command}, "always": [&command]});
    stage.agent.ask(&request).await.unwrap();
    session.until_phase(Phase::WaitingForYou).await;
    let shown = "login --token [removed: GitHub token] now".to_owned();
    let RequestAsk::Permission(ask) = &session.view().requests[0].ask else {
        panic!("a permission was asked")
    };
    let (subject, always) = (shown.clone(), vec![shown]);
    assert_eq!(*ask, PermissionAsk { subject, always, ..ask.clone() });
    assert!(!format!("{:?}", session.view()).contains("ghp_"), "it stands nowhere else");
    stage.agent.open_gate("gate").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_ends_with_its_turn() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold gate").await;
    ask(&stage, &mut session, "gate", "per_1").await;
    let request = session.view().requests[0].id.clone();
    session.apply(Command::Stop { turn: None }).await;
    session.until(|view| view.requests.is_empty()).await;
    session.until_idle().await;
    let refused =
        session.refused(Command::Answer { request: request.clone(), answer: Answer::AllowOnce }).await;
    assert_eq!(refused, "This was answered already, or the agent no longer waits for it.");
    let stored = stage
        .store()
        .await
        .changes(&session.id, 0, session.view().cursor.revision, 1_000, 1 << 20)
        .await
        .unwrap()
        .unwrap();
    let expired = stored.iter().any(|change| {
        matches!(&change.body, slipway_protocol::ChangeBody::Request(held)
            if held.id == request && held.state == RequestState::Expired)
    });
    assert!(expired, "it is kept, and said to have expired");
}
