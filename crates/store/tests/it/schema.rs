//! Opening: migrations, their two sets, databases of another version, a full disk.

use std::{fs, path::PathBuf};

use slipway_protocol::{
    CommandId, CommandOutcome, ListCounts, ListQuery, Mode, RepositoryId, SessionFilter, SessionId, Spent,
    UserId,
};
use slipway_store::{Store, StoreError};
use sqlx::{AnyPool, AssertSqlSafe, Connection, Executor, migrate::Migrator};

use crate::stage::{Stage, db_tests};

db_tests!(opening_again_keeps_everything, a_newer_schema_is_refused_in_words, migrations_run_over_rows,);

async fn opening_again_keeps_everything(stage: Stage) {
    let ada = stage.person("ada").await;
    let id = stage.session("s1", &ada).await;
    let before = stage.store.session(&id).await.unwrap();
    let again = Store::open(&stage.url).await.unwrap();
    assert_eq!(again.session(&id).await.unwrap(), before);
    again.close().await;
    stage.store.check().await.unwrap();
}

async fn a_newer_schema_is_refused_in_words(stage: Stage) {
    stage
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             select 9999, 'from the future', success, checksum, execution_time from _sqlx_migrations where version = 1",
        )
        .await;
    let refused = Store::open(&stage.url).await.expect_err("too new");
    assert!(matches!(refused, StoreError::NewerSchema { found: 9999, .. }), "{refused:?}");
    assert!(refused.to_string().starts_with("the database was written by a newer Slipway"), "{refused}");
}

/// Each migration runs over the rows that its predecessors' versions left (`fixtures`), and at the end all is readable.
async fn migrations_run_over_rows(stage: Stage) {
    let engine = if stage.is_postgres() { "postgres" } else { "sqlite" };
    let mut raw = stage.raw().await;
    for table in stage.tables().await.into_iter().chain(["_sqlx_migrations".into()]) {
        let cascade = if stage.is_postgres() { " cascade" } else { "" };
        // SQLite drops what others refer to only where nobody looks.
        if !stage.is_postgres() {
            raw.execute("pragma foreign_keys = off").await.unwrap();
        }
        raw.execute(AssertSqlSafe(format!("drop table {table}{cascade}"))).await.unwrap();
    }
    raw.close().await.unwrap();

    let migrator = Migrator::new(folder().join(engine)).await.expect("migrations");
    let pool = AnyPool::connect(&stage.url).await.unwrap();
    for (migration, name) in migrator.iter().zip(names(engine)) {
        migrator.run_to(migration.version, &pool).await.expect(&name);
        let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures").join(&name);
        let rows = fs::read_to_string(&fixture).unwrap_or_else(|_| panic!("{name} has no rows to run over"));
        let rows = if stage.is_postgres() { rows.replace("x'00ff'", r"'\x00ff'") } else { rows };
        stage.execute(&rows).await;
    }
    pool.close().await;

    let store = Store::open(&stage.url).await.unwrap();
    let (id, ada) = (SessionId::new("s1"), UserId::new("ada"));
    let session = store.session(&id).await.unwrap().expect("the session");
    assert_eq!((session.rev, session.generation, session.keeper), (9, 2, Some(("boot".into(), 4))));
    let view = store.view(&id, 9).await.unwrap().expect("a view");
    let shown = (view.messages.len(), view.messages[1].parts.len(), view.queue.len(), view.requests.len());
    assert_eq!(shown, (2, 1, 1, 1));
    assert_eq!(store.changes(&id, 0, 9, 99, usize::MAX).await.unwrap().expect("few").len(), 10);
    let working = store.working_set(&id).await.unwrap().expect("the session");
    assert_eq!((working.sent.len(), working.parts.len(), working.open_messages.len()), (1, 1, 1));
    assert_eq!(store.pending_commands(&id).await.unwrap().len(), 1);
    let applied = store.outcome(&id, &CommandId::new("c1")).await.unwrap();
    assert_eq!(applied, Some(CommandOutcome::Applied));
    let tide = ListQuery { filter: SessionFilter::Active, search: "tide".into(), repository: None, most: 9 };
    let list = store.sessions_of(&ada, &tide).await.unwrap();
    assert!(list[0].unread);
    let counts = store.session_counts(&ada, "").await.unwrap();
    assert_eq!(counts, [(RepositoryId::new("local/tide"), ListCounts { active: 1, archived: 0 })]);
    for beginning in ["beg", "ebb"] {
        let found = store.search(&ada, beginning, 9, None).await.unwrap();
        assert_eq!(found.hits.iter().map(|hit| hit.message.as_str()).collect::<Vec<_>>(), ["m1"]);
    }
    assert_eq!(store.draft(&id, &ada).await.unwrap().as_deref(), Some("unsent"));
    assert_eq!(store.web_session("w1", 0).await.unwrap(), Some(vec![0, 255]));
    assert_eq!(store.credential(&ada, "github").await.unwrap(), Some(vec![0, 255]));
    let devices = store.devices(&ada, 0).await.unwrap();
    assert_eq!(devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["Firefox on Linux"]);
    assert_eq!(store.viewed_files(&id, &ada).await.unwrap(), [("clock.rs".into(), "c0ffee".into())]);
    assert_eq!(store.review_comments(&id, &ada).await.unwrap()[0].body, "Why?");
    let waiting = store.waiting_attachments(&id, &ada).await.unwrap();
    assert_eq!(waiting.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["tide.png"]);
    assert_eq!(working.sent[0].prompt.attachments, waiting);
    assert_eq!(store.preferences(&ada).await.unwrap().mode, Mode::Plan);
    assert_eq!(store.cached("models").await.unwrap().as_deref(), Some("[]"));
    let app = store.github_app().await.unwrap().expect("the app");
    assert_eq!(
        (app.client_id.as_str(), app.sealed_secret, app.allow.as_str()),
        ("Iv1.app", vec![0, 255], "ada,bob")
    );
    assert_eq!(store.trust(&ada, "github-7").await.unwrap(), Some(true));
    let spent = Spent { tokens: 1_200, cost_micros: 340_000 };
    assert_eq!(store.spent(&ada, 20_000).await.unwrap(), spent);
    assert_eq!(store.owner().await.unwrap(), Some(ada));
    store.close().await;
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"));
    for name in names("sqlite") {
        let text = |engine| {
            let text = fs::read_to_string(folder().join(engine).join(&name)).expect("a migration");
            text.split("-- From here on each engine has its own words.")
                .next()
                .map(str::to_owned)
                .expect("text")
        };
        let expected = text("sqlite")
            .replace("integer primary key autoincrement", "bigint generated always as identity primary key")
            .replace(" blob ", " bytea ");
        assert_eq!(text("postgres"), expected, "{name} says something else to PostgreSQL");
    }
}

#[tokio::test]
async fn an_address_that_cannot_work_says_so() {
    for (url, reason) in [
        ("sqlite::memory:", "give it a file"),
        ("sqlite://some.db?mode=memory", "give it a file"),
        ("mysql://host/db", "begins with sqlite:// or postgres://"),
        ("nonsense", "begins with sqlite:// or postgres://"),
        ("sqlite:///no/such/folder/slipway.db", "unable to open database file"),
    ] {
        let refused = Store::open(url).await.expect_err(url).to_string();
        assert!(refused.contains(reason), "{url}: {refused}");
    }
}

/// SQLite's is told beside the code that opens it: there the disk can be made small.
#[test]
fn a_full_disk_of_postgres_is_told() {
    async fn story(stage: Stage) {
        stage
            .execute(
                "create function disk_full() returns trigger language plpgsql as $$
                 begin raise exception 'no space left on device' using errcode = '53100'; end $$;
                 create trigger disk_full before insert on cache for each row execute function disk_full()",
            )
            .await;
        let refused = stage.store.put_cached("key", "value", 1).await;
        assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    }
    crate::stage::on_postgres(story);
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../migrations")
}

fn names(engine: &str) -> Vec<String> {
    let files = fs::read_dir(folder().join(engine)).expect("the migrations");
    let mut names: Vec<_> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}
