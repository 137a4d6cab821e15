//! What a person viewed of the changes and says about them, and the turns there are to look at.

use slipway_protocol::{PartBody, ReviewComment, ReviewTurn, Role, SessionId, Side, TurnChanges};
use slipway_store::Checkpoint;

use crate::{
    samples::{closed, message, part, prompt},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    what_was_viewed_is_kept_per_person,
    a_comment_waits_until_it_is_sent,
    turns_that_changed_files_are_told,
);

pub(crate) fn comment(id: &str, line: u32) -> ReviewComment {
    ReviewComment {
        id: id.into(),
        path: "src/clock.rs".into(),
        side: Side::New,
        line,
        line_text: "    tick();".into(),
        body: format!("Why {id}?"),
        created_at: i64::from(line),
        sent_at: None,
    }
}

async fn what_was_viewed_is_kept_per_person(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let (id, other) = (stage.session("s1", &ada).await, stage.session("s2", &ada).await);
    let store = &stage.store;
    store.set_viewed(&id, &ada.id, "a", Some("one")).await.unwrap();
    store.set_viewed(&id, &ada.id, "a", Some("two")).await.unwrap();
    store.set_viewed(&id, &bob.id, "a", Some("three")).await.unwrap();
    store.set_viewed(&other, &ada.id, "b", Some("four")).await.unwrap();
    store.set_viewed(&SessionId::new("none"), &ada.id, "a", Some("five")).await.unwrap();
    let rev = store.session(&id).await.unwrap().unwrap().rev;
    assert_eq!(store.viewed_files(&id, &ada.id).await.unwrap(), [("a".into(), "two".into())]);
    assert_eq!(store.viewed_files(&id, &bob.id).await.unwrap(), [("a".into(), "three".into())]);
    store.set_viewed(&id, &ada.id, "a", None).await.unwrap();
    assert_eq!(store.viewed_files(&id, &ada.id).await.unwrap(), []);
    assert_eq!(store.viewed_files(&id, &bob.id).await.unwrap().len(), 1);
    assert_eq!(store.session(&id).await.unwrap().unwrap().rev, rev);
}

async fn a_comment_waits_until_it_is_sent(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let id = stage.session("s1", &ada).await;
    let store = &stage.store;
    let [first, second] = [comment("k1", 1), comment("k2", 2)];
    store.put_review_comment(&id, &ada.id, &second).await.unwrap();
    store.put_review_comment(&id, &ada.id, &first).await.unwrap();
    store.put_review_comment(&id, &bob.id, &comment("k1", 3)).await.unwrap();
    store.put_review_comment(&SessionId::new("none"), &ada.id, &first).await.unwrap();
    let first = ReviewComment { body: "How?".into(), ..first };
    store.put_review_comment(&id, &ada.id, &first).await.unwrap();
    assert_eq!(store.review_comments(&id, &ada.id).await.unwrap(), [first.clone(), second.clone()]);

    store.mark_comments_sent(&id, &ada.id, &["k1".into(), "none".into()], 9).await.unwrap();
    store.mark_comments_sent(&id, &ada.id, &["k1".into()], 10).await.unwrap();
    store.put_review_comment(&id, &ada.id, &comment("k1", 1)).await.unwrap();
    let first = ReviewComment { sent_at: Some(9), ..first };
    assert_eq!(store.review_comments(&id, &ada.id).await.unwrap(), [first, second.clone()]);
    store.remove_review_comments(&id, &ada.id, &["k1".into()]).await.unwrap();
    assert_eq!(store.review_comments(&id, &ada.id).await.unwrap(), [second]);
    assert_eq!(store.review_comments(&id, &bob.id).await.unwrap(), [comment("k1", 3)]);
}

async fn turns_that_changed_files_are_told(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let changes = TurnChanges { files: 1, added: 2, removed: 3, undone: false };
    for (number, changes) in [
        (1, Some(changes)),
        (2, None),
        (3, Some(TurnChanges { undone: true, ..changes })),
        (4, Some(changes)),
    ] {
        let mut answer = message(number, Role::Agent);
        answer.changes = changes;
        let mut asked = prompt(number);
        asked.text = format!("Turn {number}\nand more");
        let checkpoint = Checkpoint {
            prompt: asked.id.clone(),
            message: Some(answer.id.clone()),
            before: "c0ffee".into(),
            after: Some("decaf".into()),
        };
        supervisor.message(answer);
        supervisor.part(closed(part(number, 1, PartBody::Text), "Done."));
        supervisor.prompt(asked);
        supervisor.batch.checkpoints.push(checkpoint);
    }
    supervisor.commit().await;
    let turn = |number| {
        let answer = message(number, Role::Agent);
        let asked = format!("Turn {number}");
        ReviewTurn { answer: answer.id, asked, at: answer.created_at, changes }
    };
    assert_eq!(stage.store.review_turns(&id).await.unwrap(), [turn(4), turn(1)]);
}
