//! What a batch does, and what a supervisor finds when it starts.

use slipway_protocol::{
    CommandId, CommandOutcome, Message, Part, PartBody, Prompt, PromptState, Role, SessionHead,
};
use slipway_store::{Batch, Checkpoint, SentPrompt, StoreError, WorkingSet};

use crate::{
    samples::{answered, closed, head, message, part, prompt, request},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    a_batch_is_whole_or_not_at_all,
    the_same_batch_again_changes_nothing,
    a_flush_moves_no_revision,
    a_flush_never_touches_a_closed_part,
    the_later_revision_wins,
    a_supervisor_finds_what_is_not_over,
    a_turn_is_found_by_its_answer,
    a_prompt_keeps_the_ids_it_was_sent_with,
    rows_that_make_no_sense_are_named,
);

async fn a_batch_is_whole_or_not_at_all(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::User));
    supervisor.commit().await;
    let before = (supervisor.view().await, stage.store.session(&id).await.unwrap());

    supervisor.head(SessionHead { title: "Lost".into(), ..head("s1") });
    // Another message in the same place: two supervisors at work, or one that lost count.
    supervisor.message(Message { id: slipway_protocol::MessageId::new("other"), ..message(1, Role::Agent) });
    let refused = supervisor.try_commit().await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert_eq!((supervisor.view().await, stage.store.session(&id).await.unwrap()), before);

    let orphan =
        Batch { rev: 2, parts: vec![(2, part(7, 1, PartBody::Text), String::new())], ..Batch::default() };
    stage.store.commit(&id, supervisor.generation, &orphan).await.unwrap_err();
    assert_eq!((supervisor.view().await, stage.store.session(&id).await.unwrap()), before);
}

/// Whoever lost the answer to a commit asks again.
async fn the_same_batch_again_changes_nothing(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let (kept, dropped) = (part(1, 1, PartBody::Text), part(1, 2, PartBody::Reasoning));
    supervisor.head(SessionHead { title: "Once".into(), ..head("s1") });
    supervisor.message(message(1, Role::Agent));
    supervisor.part(kept.clone());
    supervisor.part(dropped.clone());
    supervisor.drop_part(&dropped);
    supervisor.flush(&Part { text: "so far".into(), ..kept });
    supervisor.prompt(prompt(1));
    supervisor.request(request(1));
    supervisor.request(answered(request(1)));
    supervisor.batch.outcomes.push((CommandId::new("c0"), CommandOutcome::Applied));
    supervisor.batch.keeper = Some(Some(("boot".into(), 1)));
    let batch = supervisor.batch.clone();
    supervisor.commit().await;
    let state = async || {
        let changes = stage.store.changes(&id, 0, 100, 100, usize::MAX).await.unwrap();
        (supervisor.view().await, stage.store.session(&id).await.unwrap(), changes)
    };
    let before = state().await;
    stage.store.commit(&id, supervisor.generation, &batch).await.unwrap();
    assert_eq!(state().await, before);
}

async fn a_flush_moves_no_revision(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let open = part(1, 1, PartBody::Text);
    supervisor.message(message(1, Role::Agent));
    supervisor.part(open.clone());
    supervisor.commit().await;
    let mut expected = supervisor.view().await;
    let grown = Part { text: "Hello\0".into(), ..open };
    supervisor.flush(&grown);
    supervisor.batch.keeper = Some(Some(("boot".into(), 4)));
    supervisor.commit().await;
    expected.messages[0].parts[0] = grown;
    assert_eq!(supervisor.view().await, expected);
    assert_eq!(stage.store.changes(&id, 2, 100, 9, usize::MAX).await.unwrap(), Some(Vec::new()));
    let keeper = stage.store.session(&id).await.unwrap().expect("the session").keeper;
    assert_eq!(keeper, Some(("boot".into(), 4)), "in the same transaction as what came with it");
}

async fn a_flush_never_touches_a_closed_part(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let open = part(1, 1, PartBody::Text);
    supervisor.message(message(1, Role::Agent));
    supervisor.part(open.clone());
    supervisor.commit().await;
    supervisor.flush(&Part { text: "Hel".into(), ..open.clone() });
    supervisor.part(closed(open.clone(), "Hello"));
    supervisor.commit().await;
    supervisor.flush(&Part { text: "Hell".into(), ..open });
    supervisor.commit().await;
    assert_eq!(supervisor.view().await.messages[0].parts[0].text, "Hello");
}

async fn the_later_revision_wins(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let again = part(1, 1, PartBody::Text);
    supervisor.message(message(1, Role::Agent));
    supervisor.part(again.clone());
    supervisor.drop_part(&again);
    supervisor.part(closed(again.clone(), "back"));
    supervisor.message(Message { ended_at: Some(9), ..message(1, Role::Agent) });
    supervisor.commit().await;
    let view = supervisor.view().await;
    assert_eq!(view.messages[0].message.ended_at, Some(9));
    assert_eq!(view.messages[0].parts, [closed(again.clone(), "back")]);
    // And the later batch.
    supervisor.drop_part(&again);
    supervisor.commit().await;
    assert_eq!(supervisor.view().await.messages[0].parts, []);
    supervisor.part(again.clone());
    supervisor.commit().await;
    assert_eq!(supervisor.view().await.messages[0].parts, [again]);
}

async fn a_supervisor_finds_what_is_not_over(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let fresh = stage.store.working_set(&id).await.unwrap();
    assert_eq!(fresh, Some(WorkingSet::default()));

    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::User));
    supervisor.part(closed(part(1, 1, PartBody::Text), "said"));
    supervisor.message(message(2, Role::Agent));
    let parts = [
        part(1, 2, PartBody::Text),
        part(2, 1, PartBody::Text),
        closed(part(2, 2, PartBody::Text), "finished, in a message that is not"),
        part(2, 3, PartBody::Reasoning),
    ];
    parts.iter().rev().for_each(|part| supervisor.part(part.clone()));
    let dropped = part(2, 4, PartBody::Text);
    supervisor.part(dropped.clone());
    supervisor.drop_part(&dropped);
    supervisor.request(request(1));
    supervisor.request(answered(request(2)));
    supervisor.prompt(prompt(2));
    supervisor.prompt(prompt(1));
    supervisor.prompt(Prompt { state: PromptState::Done, ..prompt(3) });
    let sent = Prompt { state: PromptState::Sent, ..prompt(4) };
    supervisor.prompt(sent.clone());
    let ids = ("msg_1".to_owned(), "prt_1".to_owned());
    supervisor.batch.prompts.last_mut().expect("a prompt").2 = Some(ids.clone());
    let before = Checkpoint { prompt: sent.id.clone(), message: None, before: "c0ffee".into(), after: None };
    supervisor.batch.checkpoints.push(before.clone());
    supervisor.commit().await;

    let expected = WorkingSet {
        queue: vec![prompt(1), prompt(2)],
        sent: vec![SentPrompt { prompt: sent, agent_message: ids.0, agent_part: ids.1 }],
        unfinished: Some(before),
        failed: None,
        open_requests: vec![(request(1), "key of r1".into())],
        open_messages: vec![message(2, Role::Agent)],
        parts: parts.map(|part| (part.clone(), format!("key of {}", part.id))).into(),
        last_message_ord: 2,
    };
    assert_eq!(stage.store.working_set(&id).await.unwrap(), Some(expected));
}

async fn a_prompt_keeps_the_ids_it_was_sent_with(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let sent = Prompt { state: PromptState::Sent, ..prompt(1) };
    supervisor.prompt(sent.clone());
    supervisor.batch.prompts[0].2 = Some(("msg_1".into(), "prt_1".into()));
    supervisor.commit().await;
    supervisor.prompt(Prompt { text: "again".into(), ..sent.clone() });
    supervisor.commit().await;
    let found = stage.store.working_set(&id).await.unwrap().expect("the session").sent;
    let prompt = Prompt { text: "again".into(), ..sent };
    assert_eq!(found, [SentPrompt { prompt, agent_message: "msg_1".into(), agent_part: "prt_1".into() }]);
}

async fn a_turn_is_found_by_its_answer(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let answer = message(1, Role::Agent);
    supervisor.message(answer.clone());
    let begun = Checkpoint { prompt: prompt(1).id, message: None, before: "c0ffee".into(), after: None };
    let ended = Checkpoint { message: Some(answer.id.clone()), after: Some("decaf".into()), ..begun.clone() };
    supervisor.batch.checkpoints.push(begun);
    supervisor.commit().await;
    assert_eq!(stage.store.checkpoint_of(&id, &answer.id).await.unwrap(), None);
    supervisor.batch.checkpoints.push(ended.clone());
    supervisor.commit().await;
    assert_eq!(stage.store.checkpoint_of(&id, &answer.id).await.unwrap(), Some(ended));
    assert_eq!(stage.store.message(&id, &answer.id).await.unwrap(), Some(answer));
}

async fn rows_that_make_no_sense_are_named(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::User));
    supervisor.part(part(1, 1, PartBody::Text));
    supervisor.prompt(prompt(1));
    supervisor.request(request(1));
    supervisor.commit().await;
    let whole = supervisor.view().await;
    for (table, broken, row) in [
        ("sessions", "phase = 'dancing'", "s1"),
        ("sessions", "details = '{}'", "s1"),
        ("sessions", "rev = -1", "s1"),
        ("sessions", "keeper_boot = 'boot'", "s1"),
        ("messages", "role = 'ghost'", "m1"),
        ("messages", "author_name = null", "m1"),
        ("parts", "body = 'no JSON'", "p1-1"),
        ("parts", "open = 2", "p1-1"),
        ("prompts", "model = '{\"provider\":1}'", "q1"),
        ("requests", "ask = '{}'", "r1"),
    ] {
        stage.execute(&format!("create table kept as select * from {table}")).await;
        stage.execute(&format!("update {table} set {broken}")).await;
        let refused = stage.store.view(&id, 9).await;
        let StoreError::Inconsistent { table: named, id: at } = refused.expect_err(broken) else {
            panic!("{broken}")
        };
        assert_eq!((named, at.as_str()), (table, row), "{broken}");
        let (column, _) = broken.split_once(" = ").expect("an assignment");
        stage.execute(&format!("update {table} set {column} = (select {column} from kept)")).await;
        stage.execute("drop table kept").await;
    }
    assert_eq!(supervisor.view().await, whole);
    stage.execute("update commands set body = '?'").await;
    let refused = stage.store.pending_commands(&id).await;
    assert!(matches!(refused, Err(StoreError::Inconsistent { table: "commands", .. })), "{refused:?}");
    stage.execute("update prompts set state = 'sent'").await;
    let refused = stage.store.working_set(&id).await;
    assert!(matches!(refused, Err(StoreError::Inconsistent { table: "prompts", .. })), "{refused:?}");
}
