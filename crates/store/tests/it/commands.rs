//! Creation, and commands that are stored once and applied once.

use std::slice;

use slipway_protocol::{Author, Command, CommandId, CommandOutcome, Deed, Mode, SessionId, UserId};
use slipway_store::{Batch, Inserted, PendingCommand, Remembered, StoreError};

use crate::{
    samples::{ada, author, first_commands, head, submitted},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    creating_twice_changes_nothing,
    many_who_create_the_same_make_one,
    a_failed_creation_leaves_nothing,
    commands_wait_in_order_and_are_applied_once,
    the_same_command_again_changes_nothing,
    a_command_for_nobody_is_refused,
    what_is_asked_for_is_audited_with_it,
    a_second_outcome_is_refused_with_its_batch,
);

async fn creating_twice_changes_nothing(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let id = stage.session("s1", &ada).await;
    let session = stage.store.session(&id).await.unwrap().expect("the session");
    assert_eq!((&session.head, &session.owner), (&head("s1"), &ada.id));
    assert_eq!((session.rev, session.generation, session.generation_rev), (0, 0, 0));

    let mut other = head("s1");
    other.title = "Another".into();
    let more = [submitted("c9", Command::Stop { turn: None })];
    assert!(!stage.store.create_session(&other, &bob.id, &more, &author(&bob), None, 9).await.unwrap());
    assert_eq!(stage.store.session(&id).await.unwrap().as_ref(), Some(&session));
    assert_eq!(stage.store.role(&id, &bob.id).await.unwrap(), None);
    let [waiting] = &stage.store.pending_commands(&id).await.unwrap()[..] else { panic!("one command") };
    let [first] = first_commands();
    let expected =
        PendingCommand { id: first.id, author: author(&ada), command: first.command, created_at: 1 };
    assert_eq!(*waiting, expected);
}

async fn many_who_create_the_same_make_one(stage: Stage) {
    let ada = stage.person("ada").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, ada) = (stage.store.clone(), ada.clone());
            tokio::spawn(async move {
                let entry = created(&ada.id);
                store
                    .create_session(&head("s1"), &ada.id, &first_commands(), &author(&ada), Some(entry), 1)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!(made, 1);
    assert_eq!(stage.store.pending_commands(&SessionId::new("s1")).await.unwrap().len(), 1);
    assert_eq!(stage.store.audited(None, None, 9).await.unwrap().len(), 1, "and it is audited once");
}

async fn a_failed_creation_leaves_nothing(stage: Stage) {
    let nobody = Author { id: UserId::new("nobody"), name: "?".into() };
    let entry = created(&nobody.id);
    let failed =
        stage.store.create_session(&head("s1"), &nobody.id, &first_commands(), &nobody, Some(entry), 1).await;
    assert!(matches!(failed, Err(StoreError::Database(_))), "{failed:?}");
    assert_eq!(stage.store.session(&SessionId::new("s1")).await.unwrap(), None);
    assert_eq!(stage.store.audited(None, None, 9).await.unwrap(), []);
}

fn created(who: &UserId) -> Remembered<'_> {
    Remembered { who: Some(who), from: None, deed: Deed::CreatedSession, subject: "s1" }
}

async fn commands_wait_in_order_and_are_applied_once(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    // Ids that sort the other way round.
    for (name, command) in [("c3", Command::SetMode { mode: Mode::Plan }), ("c2", Command::Archive)] {
        let inserted =
            stage.store.insert_command(&id, &author(&ada), &submitted(name, command), None, 5).await;
        assert_eq!(inserted.unwrap(), Inserted::New);
    }
    assert_eq!(waiting(&stage, &id).await, ["c0", "c3", "c2"]);
    assert_eq!(stage.store.sessions_with_pending_commands().await.unwrap(), slice::from_ref(&id));

    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let refused = CommandOutcome::Refused { sentence: "It sleeps.".into() };
    supervisor.batch.outcomes.push((CommandId::new("c0"), CommandOutcome::Applied));
    supervisor.batch.outcomes.push((CommandId::new("c3"), refused.clone()));
    supervisor.commit().await;
    assert_eq!(waiting(&stage, &id).await, ["c2"]);
    let outcome = async |name: &str| stage.store.outcome(&id, &CommandId::new(name)).await.unwrap();
    assert_eq!(outcome("c0").await, Some(CommandOutcome::Applied));
    assert_eq!(outcome("c3").await, Some(refused));
    assert_eq!((outcome("c2").await, outcome("none").await), (None, None));

    supervisor.batch.outcomes.push((CommandId::new("c2"), CommandOutcome::Applied));
    supervisor.commit().await;
    assert_eq!(stage.store.sessions_with_pending_commands().await.unwrap(), []);
}

async fn the_same_command_again_changes_nothing(stage: Stage) {
    let ada = stage.person("ada").await;
    let (id, other) = (stage.session("s1", &ada).await, stage.session("s2", &ada).await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (store, id, ada) = (stage.store.clone(), id.clone(), author(&ada));
            tokio::spawn(async move {
                store
                    .insert_command(&id, &ada, &submitted("c1", Command::Stop { turn: None }), None, 5)
                    .await
                    .unwrap()
            })
        })
        .collect();
    let mut new = 0;
    for task in tasks {
        match task.await.unwrap() {
            Inserted::New => new += 1,
            Inserted::Again(outcome) => assert_eq!(outcome, None),
        }
    }
    assert_eq!(new, 1);
    let different = submitted("c1", Command::Delete);
    // An id counts within its session.
    let elsewhere = stage.store.insert_command(&other, &author(&ada), &different, None, 5).await.unwrap();
    assert_eq!(elsewhere, Inserted::New);

    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.batch.outcomes.push((CommandId::new("c1"), CommandOutcome::Applied));
    supervisor.commit().await;
    let again = stage.store.insert_command(&id, &author(&ada), &different, None, 6).await.unwrap();
    assert_eq!(again, Inserted::Again(Some(CommandOutcome::Applied)));
    assert_eq!(waiting(&stage, &id).await, ["c0"]);
}

async fn what_is_asked_for_is_audited_with_it(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let entry = Remembered { who: Some(&ada.id), from: None, deed: Deed::ArchivedSession, subject: "s1" };
    let archive = submitted("c1", Command::Archive);
    for session in [&id, &id, &SessionId::new("none")] {
        let _ = stage.store.insert_command(session, &author(&ada), &archive, Some(entry), 5).await;
    }
    let audited = stage.store.audited(None, None, 9).await.unwrap();
    assert_eq!(
        audited.iter().map(|entry| (entry.deed, entry.subject.as_str())).collect::<Vec<_>>(),
        [(Deed::ArchivedSession, "s1")]
    );
}

async fn a_command_for_nobody_is_refused(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let stop = submitted("c1", Command::Stop { turn: None });
    let lost = stage.store.insert_command(&SessionId::new("none"), &author(&ada), &stop, None, 5).await;
    assert!(matches!(lost, Err(StoreError::NoSession)), "{lost:?}");

    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.head(slipway_protocol::SessionHead { deleted: true, ..head("s1") });
    supervisor.commit().await;
    let late = stage.store.insert_command(&id, &author(&ada), &stop, None, 5).await;
    assert!(matches!(late, Err(StoreError::NoSession)), "{late:?}");
    // The deletion itself may be what waits: it must be found after a crash.
    assert_eq!(stage.store.sessions_with_pending_commands().await.unwrap(), slice::from_ref(&id));
    let [first] = first_commands();
    let known = stage.store.insert_command(&id, &author(&ada), &first, None, 5).await.unwrap();
    assert_eq!(known, Inserted::Again(None));
}

async fn a_second_outcome_is_refused_with_its_batch(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.batch.outcomes.push((CommandId::new("c0"), CommandOutcome::Applied));
    supervisor.commit().await;
    let before = supervisor.view().await;

    let mut twice = Batch { rev: 1, head: Some((1, head("s1"))), ..Batch::default() };
    twice.outcomes.push((CommandId::new("c0"), CommandOutcome::Refused { sentence: "No.".into() }));
    let refused = stage.store.commit(&id, supervisor.generation, &twice).await;
    assert!(
        matches!(&refused, Err(StoreError::Inconsistent { table: "commands", id }) if id == "c0"),
        "{refused:?}"
    );
    assert_eq!(supervisor.view().await, before);
}

async fn waiting(stage: &Stage, id: &SessionId) -> Vec<String> {
    let pending = stage.store.pending_commands(id).await.unwrap();
    assert!(pending.iter().all(|command| command.author.id == ada().id));
    pending.into_iter().map(|command| command.id.to_string()).collect()
}
