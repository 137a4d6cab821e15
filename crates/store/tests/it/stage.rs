//! A database of its own for each story.

use std::{
    env,
    future::Future,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
};

use slipway_protocol::{Person, SessionId, UserId};
use slipway_store::Store;
use sqlx::{
    AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Executor, Row, any::AnyRow,
    postgres::PgConnectOptions,
};

use crate::samples::{author, first_commands, head};

/// Expands to `sqlite::NAME` and `postgres::NAME` for each story named.
macro_rules! db_tests {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $story() { crate::stage::on_sqlite(super::$story); })+
        }
        mod postgres {
            $(#[test] fn $story() { crate::stage::on_postgres(super::$story); })+
        }
    };
}

pub(crate) use db_tests;

pub(crate) struct Stage {
    pub(crate) store: Store,
    pub(crate) url: String,
}

impl Stage {
    /// A connection past the store, to break things and to look behind it.
    pub(crate) async fn raw(&self) -> AnyConnection {
        connect(&self.url).await
    }

    pub(crate) async fn execute(&self, sql: &str) {
        let mut raw = self.raw().await;
        raw.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.expect(sql);
        raw.close().await.expect("closes");
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<AnyRow> {
        let mut raw = self.raw().await;
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut raw).await.expect(sql);
        raw.close().await.expect("closes");
        rows
    }

    /// Every table of ours.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let sql = if self.is_postgres() {
            "select table_name::text as name from information_schema.tables where table_schema = 'public' order by 1"
        } else {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1"
        };
        let names = self.rows(sql).await.iter().map(|row| row.get::<String, _>("name")).collect::<Vec<_>>();
        names.into_iter().filter(|name| name != "_sqlx_migrations").collect()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    pub(crate) async fn person(&self, name: &str) -> Person {
        self.store.ensure_user(&UserId::new(name), name, 1).await.expect("a person")
    }

    /// A session of that person, with one command that waits.
    pub(crate) async fn session(&self, id: &str, owner: &Person) -> SessionId {
        let head = head(id);
        let made = self.store.create_session(&head, &owner.id, &first_commands(), &author(owner), 1).await;
        assert!(made.expect("a session"), "{id} was there already");
        head.id
    }
}

pub(crate) fn on_sqlite<F>(story: fn(Stage) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/with a space.db", folder.path().display());
    told(run(story, url));
}

pub(crate) fn on_postgres<F>(story: fn(Stage) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = env::var("SLIPWAY_TEST_POSTGRES_URL") else {
        let reason = "SLIPWAY_TEST_POSTGRES_URL names no PostgreSQL server";
        assert!(env::var("SLIPWAY_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{reason}");
        return println!("skipped: {reason}");
    };
    told(async move {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("slipway_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        sqlx::any::install_default_drivers();
        let mut admin = connect(&server).await;
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await.expect("a database");
        let options = PgConnectOptions::from_str(&server).expect("an address").database(&name);
        let ended = run(story, options.to_url_lossy().into()).await;
        let dropped = AssertSqlSafe(format!("drop database {name} with (force)"));
        admin.execute(dropped).await.expect("the database goes");
        ended
    });
}

/// As a task, so that what a story leaves behind is tidied up even where it panics.
async fn run<F>(story: fn(Stage) -> F, url: String) -> Result<(), tokio::task::JoinError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let store = Store::open(&url).await.expect("opens");
    let ended = tokio::spawn(story(Stage { store: store.clone(), url })).await;
    store.close().await;
    ended
}

fn told(story: impl Future<Output = Result<(), tokio::task::JoinError>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    if let Err(error) = runtime.expect("a runtime").block_on(story) {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn connect(url: &str) -> AnyConnection {
    AnyConnection::connect(url).await.expect("connects")
}
