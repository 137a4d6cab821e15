//! PostgreSQL cuts the connections that rest: it is started anew, or somebody between it and the store forgets them.

use futures::future::join_all;
use slipway_protocol::{SessionId, UserId};
use slipway_store::{Store, StoreError};
use sqlx::Row as _;

use crate::stage::Stage;

const OTHERS: &str = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
/// More than the store has connections.
const MANY: usize = 40;

#[test]
fn whoever_meets_a_connection_that_was_cut_does_not_notice() {
    crate::stage::on_postgres(story);
}

async fn story(stage: Stage) {
    let ada = stage.person("ada").await;
    stage.session("s1", &ada).await;
    let session = || SessionId::new("s1");
    after_a_cut(&stage, |store, _| async move { Ok(store.user(&UserId::new("ada")).await?.is_some()) }).await;
    after_a_cut(&stage, |store, _| async move { Ok(store.pending_commands(&session()).await?.len() == 1) })
        .await;
    after_a_cut(&stage, |store, _| async move { Ok(store.view(&session(), 10).await?.is_some()) }).await;
    after_a_cut(&stage, |store, number| async move {
        store.put_cached(&number.to_string(), "value", 1).await?;
        Ok(store.cached(&number.to_string()).await?.as_deref() == Some("value"))
    })
    .await;
    after_a_cut(&stage, |store, number| async move {
        let user = UserId::new(format!("user{number}"));
        Ok(store.ensure_user(&user, "Somebody", 1).await?.id == user)
    })
    .await;
}

/// Many ask at once, when every connection they may get was cut.
async fn after_a_cut<F>(stage: &Stage, ask: impl Fn(Store, usize) -> F)
where
    F: Future<Output = Result<bool, StoreError>>,
{
    join_all((0..MANY).map(async |_| stage.store.check().await.expect("answers"))).await;
    cut(stage).await;
    let outcomes = join_all((0..MANY).map(|number| ask(stage.store.clone(), number))).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(true))), "{outcomes:?}");
}

/// Returns when none of the store's connections is left.
async fn cut(stage: &Stage) {
    let count = || format!("select count(*) as count {OTHERS}");
    assert_ne!(number(stage, &count()).await, 0, "there is something to cut");
    stage.rows(&format!("select count(pg_terminate_backend(pid)) as count {OTHERS}")).await;
    while number(stage, &count()).await > 0 {
        tokio::task::yield_now().await;
    }
}

async fn number(stage: &Stage, sql: &str) -> i64 {
    stage.rows(sql).await[0].get("count")
}
