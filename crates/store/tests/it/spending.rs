//! What a person's agents used: counted by day, once, with the usage it is of.

use slipway_protocol::{SessionHead, SessionId, Spent, Usage};
use slipway_store::{Batch, StoreError};

use crate::{
    samples::head,
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    usage_is_counted_by_what_it_grows_for_its_owner_and_its_day,
    what_was_not_stored_is_not_counted_and_what_was_stored_is_counted_once,
    tokens_of_before_they_were_counted_are_nobodys,
);

const DAY: i64 = 20_000;

fn used(tokens: u64, cost_micros: u64) -> SessionHead {
    SessionHead { usage: Usage { context_used: 1, tokens, cost_micros, ..Usage::default() }, ..head("s1") }
}

fn spent(tokens: u64, cost_micros: u64) -> Spent {
    Spent { tokens, cost_micros }
}

async fn tell(supervisor: &mut Supervisor, usage: SessionHead, day: i64) {
    supervisor.head(usage);
    supervisor.batch.used_on = Some(day);
    supervisor.commit().await;
}

async fn usage_is_counted_by_what_it_grows_for_its_owner_and_its_day(stage: Stage) {
    let (ada, bob) = (stage.person("ada").await, stage.person("bob").await);
    let mut supervisor = Supervisor::start(&stage.store, &stage.session("s1", &ada).await).await;
    let mut other = Supervisor::start(&stage.store, &stage.session("s2", &ada).await).await;
    tell(&mut supervisor, used(100, 7), DAY).await;
    tell(&mut supervisor, used(150, 7), DAY).await;
    // The agent has begun a new conversation.
    tell(&mut supervisor, used(20, 1), DAY).await;
    tell(&mut supervisor, used(30, 3), DAY).await;
    tell(&mut other, SessionHead { id: SessionId::new("s2"), ..used(1_000, 0) }, DAY).await;
    tell(&mut supervisor, used(40, 3), DAY + 1).await;
    let mut days = Vec::new();
    for (who, day) in [(&ada, DAY), (&ada, DAY + 1), (&ada, DAY + 2), (&bob, DAY)] {
        days.push(stage.store.spent(&who.id, day).await.unwrap());
    }
    assert_eq!(days, [spent(1_160, 9), spent(10, 0), Spent::default(), Spent::default()]);
}

async fn what_was_not_stored_is_not_counted_and_what_was_stored_is_counted_once(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let generation = Supervisor::start(&stage.store, &id).await.generation;
    let batch = Batch { rev: 1, head: Some((1, used(100, 7))), used_on: Some(DAY), ..Batch::default() };
    for _ in 0..2 {
        stage.store.commit(&id, generation, &batch).await.unwrap();
    }
    let fenced = stage.store.commit(&id, generation - 1, &batch).await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
    assert_eq!(stage.store.spent(&ada.id, DAY).await.unwrap(), spent(100, 7));
}

async fn tokens_of_before_they_were_counted_are_nobodys(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    stage.execute("update sessions set details = replace(details, '\"tokens\":0,', '')").await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    tell(&mut supervisor, used(5_000_000, 7), DAY).await;
    tell(&mut supervisor, used(5_000_010, 7), DAY).await;
    assert_eq!(stage.store.spent(&ada.id, DAY).await.unwrap(), spent(10, 7));
}
