//! How SQLite goes about what must cost the same in a session of any length: along an index, without sorting. PostgreSQL
//! counts what it reads, so a story tells that.

use sqlx::{AssertSqlSafe, Row};

use crate::{
    Store,
    changes::SOURCES,
    conversation::{Direction, PARTS_BETWEEN},
    search::IN_SQLITE,
};

#[tokio::test]
async fn nothing_of_a_conversation_is_scanned_or_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite://{}/slipway.db", folder.path().display())).await.unwrap();
    let pages = [Direction::Older, Direction::Newer].map(Direction::statement);
    let changes = SOURCES.map(|(statement, _)| statement);
    for statement in pages.into_iter().chain(changes).chain([PARTS_BETWEEN, IN_SQLITE]) {
        let plan = sqlx::query(AssertSqlSafe(format!("explain query plan {statement}")))
            .fetch_all(&store.readers)
            .await
            .unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        // The index of words goes from the newest to the oldest by itself, and stops at the limit.
        let is_costly = |step: &String| {
            step.contains("TEMP B-TREE") || (step.starts_with("SCAN") && !step.contains("VIRTUAL"))
        };
        assert!(!plan.is_empty() && !plan.iter().any(is_costly), "{statement}\n{plan:#?}");
    }
}
