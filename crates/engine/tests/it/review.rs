//! Looking through the changes: also of a session that sleeps, by nobody else, with comments as one message, and with a way
//! to discard a file and take that back.

use std::fs;

use slipway_protocol::{
    Command, CommandOutcome, ErrorKind, FileStatus, Person, Phase, PromptId, ReviewComment, Side, UserId,
};

use crate::{session::Session, stage::Stage};

/// A turn during which these files get these contents.
async fn turn(stage: &Stage, session: &mut Session, gate: &str, files: &[(&str, &str)]) {
    stage.until_held(session, gate).await;
    for (name, text) in files {
        fs::write(stage.checkout(&session.id).join(name), text).unwrap();
    }
    stage.agent.open_gate(gate).await.unwrap();
}

fn comment(id: &str, line: u32, text: &str, body: &str) -> ReviewComment {
    ReviewComment {
        id: id.into(),
        path: "clock.txt".into(),
        side: Side::New,
        line,
        line_text: text.into(),
        body: body.into(),
        created_at: 0,
        sent_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sleeping_session_has_changes_whole_and_by_turn_and_only_for_its_people() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say done").await;
    turn(&stage, &mut session, "first", &[("clock.txt", "tick\ntack\n")]).await;
    session.until(|view| view.messages.iter().any(|view| view.message.changes.is_some())).await;
    let first = session.answer();
    session.say("/hold second\n/say done").await;
    turn(&stage, &mut session, "second", &[("new.rs", "fn main() {}\n")]).await;
    session
        .until(|view| view.messages.iter().filter(|view| view.message.changes.is_some()).count() == 2)
        .await;
    session.until_idle().await;
    server.end().await;
    let server = stage.server("one").await;
    let mut session = server.session(&session.id).await;
    session.until_phase(Phase::Asleep).await;

    let (engine, ada) = (&server.engine, session.person());
    let whole = engine.review(&ada, &session.id, None).await.unwrap();
    let files: Vec<_> = whole.changes.files.iter().map(|file| (&*file.path, file.status)).collect();
    assert_eq!(files, [("clock.txt", FileStatus::Modified), ("new.rs", FileStatus::Added)]);
    let shown: Vec<_> = whole.diffs.iter().map(|(path, diff)| (&**path, diff.lines().count())).collect();
    assert_eq!(shown, [("clock.txt", 3), ("new.rs", 1)]);
    let marked: Vec<_> = whole.diffs[0].1.lines().map(|line| line.marks.clone()).collect();
    assert_eq!(marked, [vec![], vec![], vec![]]);
    assert!(!whole.diffs[1].1.hunks[0].lines[0].colours.is_empty());
    let asked: Vec<_> = whole.turns.iter().map(|turn| &*turn.asked).collect();
    assert_eq!(asked, ["/hold second", "/hold first"]);
    let turn = engine.review(&ada, &session.id, Some(&first)).await.unwrap();
    assert_eq!(turn.changes.files.len(), 1);
    let alone = engine.file_diff(&ada, &session.id, Some(&first), "clock.txt").await.unwrap();
    assert_eq!(alone, turn.diffs[0].1);
    let refused = engine.file_diff(&ada, &session.id, Some(&first), "new.rs").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);

    let viewed = &whole.changes.files[0];
    engine.set_viewed(&ada, &session.id, &viewed.path, Some(&viewed.digest)).await.unwrap();
    assert_eq!(engine.review(&ada, &session.id, None).await.unwrap().viewed, ["clock.txt"]);
    fs::write(stage.checkout(&session.id).join("clock.txt"), "tock\n").unwrap();
    assert_eq!(engine.review(&ada, &session.id, None).await.unwrap().viewed, [""; 0]);

    let stranger = Person { id: UserId::new("stranger"), name: "S".into() };
    let none = ErrorKind::NotFound;
    let id = &session.id.clone();
    assert_eq!(engine.review(&stranger, id, None).await.unwrap_err().kind, none);
    assert_eq!(engine.file_diff(&stranger, id, None, "clock.txt").await.unwrap_err().kind, none);
    assert_eq!(engine.set_viewed(&stranger, id, "clock.txt", None).await.unwrap_err().kind, none);
    let put = engine.put_comment(&stranger, id, comment("abcdefgh", 1, "", "x")).await;
    assert_eq!(put.unwrap_err().kind, none);
    let prompt = PromptId::new("p1");
    assert_eq!(engine.send_comments(&stranger, id, prompt, &[]).await.unwrap_err().kind, none);

    session.apply(Command::Archive).await;
    session.until(|view| view.head.packed_bytes.is_some()).await;
    let archived = engine.review(&ada, id, None).await.unwrap_err();
    assert_eq!(archived.sentence, "This session is archived. Restore it first to see its changes.");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_go_to_the_agent_as_one_message_once() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/say Hello").await;
    session.until(|view| view.messages.len() == 2).await;
    session.until_idle().await;
    let (engine, ada, id) = (&server.engine, session.person(), session.id.clone());
    engine.put_comment(&ada, &id, comment("second22", 2, "tock", "/say Both seen.")).await.unwrap();
    engine.put_comment(&ada, &id, comment("first111", 1, "tick", "Louder.")).await.unwrap();
    engine.put_comment(&ada, &id, comment("third333", 2, "tock", "Later.")).await.unwrap();
    assert!(engine.put_comment(&ada, &id, comment("third333", 2, "tock", " ")).await.is_err());

    let ids = ["first111", "second22"].map(str::to_owned);
    for _ in 0..2 {
        let sent = engine.send_comments(&ada, &id, PromptId::new("theprompt"), &ids).await.unwrap();
        assert_eq!(sent, CommandOutcome::Applied);
    }
    session.until_said("agent: Both seen.").await;
    let letter = "I have 2 comments on your changes. Please see to each of them.\n\n\
                  clock.txt, line 1 (after the change):\n> tick\nLouder.\n\n\
                  clock.txt, line 2 (after the change):\n> tock\n/say Both seen.";
    assert_eq!(stage.prompts(), ["/say Hello", letter]);
    let held = engine.review(&ada, &id, None).await.unwrap().comments;
    let waiting: Vec<_> =
        held.iter().filter(|held| held.sent_at.is_none()).map(|held| held.id.as_str()).collect();
    assert_eq!((held.len(), waiting), (3, vec!["third333"]));
    engine.remove_comments(&ada, &id, &["third333".to_owned()]).await.unwrap();
    assert_eq!(engine.review(&ada, &id, None).await.unwrap().comments.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_discarded_the_agent_hears_of_it_and_it_can_be_taken_back() {
    let Some(stage) = Stage::on_a_file() else { return };
    let server = stage.server("one").await;
    let mut session = server.begin("/hold first\n/say done").await;
    stage.until_held(&mut session, "first").await;
    let discard = |path: &str| Command::Discard { path: path.into() };
    let refused = session.refused(discard("clock.txt")).await;
    assert_eq!(refused, "The agent is at work. Wait until it has finished, or stop it.");
    turn(&stage, &mut session, "first", &[("clock.txt", "tick\ntack\n"), ("new.txt", "new\n")]).await;
    session.until(|view| view.head.changed_files.len() == 2).await;
    session.until_idle().await;

    session.apply(discard("new.txt")).await;
    session.until_said("notice: The changes of new.txt were discarded.").await;
    session.until(|view| view.head.changed_files.len() == 1).await;
    let read = |name: &str| fs::read_to_string(stage.checkout(&session.id).join(name)).ok();
    assert_eq!((read("new.txt"), read("clock.txt").as_deref()), (None, Some("tick\ntack\n")));
    let notice = session.view().messages.last().unwrap().message.clone();
    assert_eq!(session.refused(discard("new.txt")).await, "new.txt has no changes any more.");
    assert_eq!(session.refused(discard("../x")).await, "../x has no changes any more.");

    session.apply(Command::Undo { answer: notice.id }).await;
    session.until_said("notice: What was discarded is back in 1 file.").await;
    session.until(|view| view.head.changed_files.len() == 2).await;
    session.say("/say I see").await;
    session.until_said("agent: I see").await;
    let calls = stage.calls();
    let last = calls.iter().rfind(|call| call.path.ends_with("/prompt_async")).unwrap();
    let note = last.body["parts"][1]["text"].as_str().unwrap();
    assert!(note.starts_with("The person discarded your changes of new.txt"), "{note}");
    assert!(note.contains("brought back what they had discarded"), "{note}");
}
