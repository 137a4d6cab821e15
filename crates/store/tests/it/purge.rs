//! A session that is purged leaves nothing but the audit.

use std::collections::BTreeSet;

use slipway_protocol::{Deed, ListQuery, PartBody, Role, SessionFilter};
use slipway_store::{Checkpoint, Remembered};
use sqlx::{Column, Row};

use crate::{
    review::comment,
    samples::{closed, message, part, picture, prompt, request},
    stage::{Stage, db_tests},
    supervisor::Supervisor,
};

db_tests!(a_purged_session_leaves_nothing);

async fn a_purged_session_leaves_nothing(stage: Stage) {
    let ada = stage.person("ada").await;
    for id in ["gone-for-good", "stays"] {
        let id = stage.session(id, &ada).await;
        let mut supervisor = Supervisor::start(&stage.store, &id).await;
        supervisor.message(message(1, Role::Agent));
        let (open, dropped) = (part(1, 1, PartBody::Text), part(1, 2, PartBody::Text));
        supervisor.part(open);
        supervisor.part(dropped.clone());
        supervisor.drop_part(&dropped);
        let words = if id.as_str() == "stays" { "words of the other" } else { "words of the gone" };
        supervisor.part(closed(part(1, 3, PartBody::Text), words));
        supervisor.prompt(prompt(1));
        supervisor.request(request(1));
        let (prompt, before) = (prompt(1).id, "c0ffee".into());
        supervisor.batch.checkpoints.push(Checkpoint { prompt, message: None, before, after: None });
        supervisor.commit().await;
        stage.store.mark_seen(&id, &ada.id, 1).await.unwrap();
        stage.store.set_draft(&id, &ada.id, "unsent").await.unwrap();
        stage.store.put_attachment(&id, &ada.id, &picture(), b"png", 1).await.unwrap();
        stage.store.set_viewed(&id, &ada.id, "clock.rs", Some("c0ffee")).await.unwrap();
        stage.store.put_review_comment(&id, &ada.id, &comment("k1", 7)).await.unwrap();
        let (who, deed) = (Some(&ada.id), Deed::DeletedSession);
        stage.store.audit(Remembered { who, from: None, deed, subject: id.as_str() }, 1).await.unwrap();
    }
    let [gone, stays] = ["gone-for-good", "stays"].map(slipway_protocol::SessionId::new);
    let of_sessions: BTreeSet<_> = [
        "attachments",
        "audit",
        "checkpoints",
        "commands",
        "drafts",
        "messages",
        "part_words",
        "parts",
        "prompts",
        "requests",
        "review_comments",
        "seen",
        "session_members",
        "sessions",
        "viewed_files",
    ]
    .map(String::from)
    .into();
    assert_eq!(naming(&stage, gone.as_str()).await, of_sessions);
    let before = (stage.store.view(&stays, 9).await.unwrap(), stage.store.working_set(&stays).await.unwrap());

    let finds = async || {
        let found = stage.store.search(&ada.id, "words of", 9, None).await.unwrap();
        found.hits.into_iter().map(|hit| hit.session.to_string()).collect::<Vec<_>>()
    };
    // Past the tables that are joined to it.
    let indexed = async || {
        if stage.is_postgres() {
            return Vec::new();
        }
        stage.rows("select rowid from word_index where word_index match 'gone'").await
    };
    assert_eq!(finds().await, ["stays", "gone-for-good"]);
    assert_eq!(indexed().await.len(), usize::from(!stage.is_postgres()));

    stage.store.purge_session(&gone).await.unwrap();
    assert_eq!(finds().await, ["stays"]);
    assert_eq!(indexed().await.len(), 0);
    assert_eq!(naming(&stage, gone.as_str()).await, ["audit".to_owned()].into());
    assert_eq!(naming(&stage, stays.as_str()).await, of_sessions);
    let after = (stage.store.view(&stays, 9).await.unwrap(), stage.store.working_set(&stays).await.unwrap());
    assert_eq!(after, before);
    let all = ListQuery { filter: SessionFilter::Active, search: String::new(), repository: None, most: 9 };
    let list = stage.store.sessions_of(&ada.id, &all).await.unwrap();
    assert_eq!(list.into_iter().map(|line| line.id).collect::<Vec<_>>(), [stays]);
    stage.session("gone-for-good", &ada).await;
}

/// The tables in which any text of any row holds `needle`. One that is named by no session's column is looked at too.
async fn naming(stage: &Stage, needle: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in stage.tables().await {
        for row in stage.rows(&format!("select * from {table}")).await {
            let holds = row.columns().iter().any(|column| {
                let text = row.try_get::<Option<String>, _>(column.ordinal());
                text.ok().flatten().is_some_and(|text| text.contains(needle))
            });
            if holds {
                found.insert(table.clone());
            }
        }
    }
    found
}
