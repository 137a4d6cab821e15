//! At most one writes a session, and what a restart finds to take up again.

use slipway_protocol::{Phase, Role, SessionHead, SessionId};
use slipway_store::{Batch, StoreError};

use crate::{
    samples::{head, message},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(
    a_lease_is_taken_when_free_expired_or_ours,
    many_who_want_the_lease_get_one,
    a_generation_that_lost_its_lease_writes_nothing,
    a_revision_never_goes_back,
    what_was_under_way_is_taken_up_again,
    the_agents_own_state_is_kept,
);

async fn a_lease_is_taken_when_free_expired_or_ours(stage: Stage) {
    let store = &stage.store;
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let taken = async |owner: &str, now: i64, until: i64| {
        let lease = store.take_lease(&id, owner, now, until).await.unwrap();
        lease.map(|lease| {
            assert_eq!(lease.generation, lease.session.generation);
            (lease.generation, lease.session.generation_rev)
        })
    };
    assert_eq!(taken("a", 0, 100).await, Some((1, 0)));
    let batch = Batch { rev: 1, messages: vec![(1, message(1, Role::User))], ..Batch::default() };
    store.commit(&id, 1, &batch).await.unwrap();
    assert_eq!(taken("b", 99, 200).await, None, "another holds it");
    assert_eq!(taken("a", 50, 100).await, Some((2, 1)), "ours");
    assert_eq!(taken("b", 100, 200).await, Some((3, 1)), "expired");
    store.renew_leases("a", 9_000).await.unwrap();
    assert_eq!(taken("c", 200, 300).await, Some((4, 1)), "a renews only its own");
    store.renew_leases("c", 400).await.unwrap();
    assert_eq!(taken("d", 399, 500).await, None, "renewed");
    store.release_lease(&id, 3).await.unwrap();
    assert_eq!(taken("d", 399, 500).await, None, "an older generation releases nothing");
    store.release_lease(&id, 4).await.unwrap();
    assert_eq!(taken("d", 0, 500).await, Some((5, 1)), "released");
    assert_eq!(store.take_lease(&SessionId::new("none"), "a", 0, 1).await.unwrap(), None);
}

async fn many_who_want_the_lease_get_one(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (store, id) = (stage.store.clone(), id.clone());
            tokio::spawn(
                async move { store.take_lease(&id, &format!("node {number}"), 0, 100).await.unwrap() },
            )
        })
        .collect();
    let mut generations = Vec::new();
    for task in tasks {
        generations.extend(task.await.unwrap().map(|lease| lease.generation));
    }
    assert_eq!(generations, [1]);
}

async fn a_generation_that_lost_its_lease_writes_nothing(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut old = Supervisor::start(&stage.store, &id).await;
    old.message(message(1, Role::User));
    old.commit().await;
    let mut new = Supervisor::start(&stage.store, &id).await;
    let before = new.view().await;
    assert_eq!(before.cursor.to_string(), "2.1");

    old.message(message(2, Role::Agent));
    old.head(SessionHead { title: "Mine".into(), ..head("s1") });
    let fenced = old.try_commit().await;
    assert!(matches!(fenced, Err(StoreError::Fenced)), "{fenced:?}");
    assert_eq!(new.view().await, before);

    new.message(message(2, Role::User));
    new.commit().await;
    assert_eq!(new.view().await.messages.len(), 2);
    stage.store.purge_session(&id).await.unwrap();
    let gone = stage.store.commit(&id, new.generation, &Batch { rev: 9, ..Batch::default() }).await;
    assert!(matches!(gone, Err(StoreError::Fenced)), "{gone:?}");
}

async fn a_revision_never_goes_back(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    supervisor.message(message(1, Role::User));
    supervisor.message(message(2, Role::User));
    supervisor.commit().await;
    let back = stage.store.commit(&id, supervisor.generation, &Batch { rev: 1, ..Batch::default() }).await;
    assert!(matches!(back, Err(StoreError::Inconsistent { table: "sessions", .. })), "{back:?}");
}

async fn what_was_under_way_is_taken_up_again(stage: Stage) {
    let ada = stage.person("ada").await;
    let keeper = || Some(Some(("boot".to_owned(), 7)));
    for (id, phase, keeper, owner) in [
        ("asleep", Phase::Asleep, None, "here"),
        ("kept", Phase::Idle, keeper(), "here"),
        ("busy", Phase::Coding, None, "here"),
        ("failed", Phase::Failed, None, "here"),
        ("released", Phase::WaitingForAgent, None, ""),
        ("elsewhere", Phase::Coding, keeper(), "there"),
    ] {
        let id = stage.session(id, &ada).await;
        let lease = stage.store.take_lease(&id, owner, 0, 100).await.unwrap().expect("the lease");
        let head = SessionHead { phase, ..head(id.as_str()) };
        let batch = Batch { rev: 1, head: Some((1, head)), keeper, ..Batch::default() };
        stage.store.commit(&id, lease.generation, &batch).await.unwrap();
        if owner.is_empty() {
            stage.store.release_lease(&id, lease.generation).await.unwrap();
        }
    }
    let mut found = stage.store.sessions_to_resume("here").await.unwrap();
    found.sort();
    assert_eq!(found, ["busy", "kept", "released"].map(SessionId::new));
}

async fn the_agents_own_state_is_kept(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let mut supervisor = Supervisor::start(&stage.store, &id).await;
    let known = async || {
        let session = stage.store.session(&id).await.unwrap().expect("the session");
        (session.agent_session, session.keeper)
    };
    let kept = |seq| Some(("boot".to_owned(), seq));
    assert_eq!(known().await, (None, None));
    supervisor.batch.agent_session = Some("ses_1".into());
    supervisor.batch.keeper = Some(kept(7));
    supervisor.commit().await;
    assert_eq!(known().await, (Some("ses_1".into()), kept(7)));
    supervisor.commit().await;
    assert_eq!(known().await, (Some("ses_1".into()), kept(7)), "an empty batch leaves both");
    supervisor.batch.keeper = Some(None);
    supervisor.commit().await;
    assert_eq!(known().await, (Some("ses_1".into()), None));
}
