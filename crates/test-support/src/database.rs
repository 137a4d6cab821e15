//! Databases for stories: one of its own for each, and somebody who stands in its way.

use std::{
    env, io,
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
};

use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use tokio::task::JoinError;

/// Expands to the tests `sqlite::NAME` and `postgres::NAME` for each story named: a function of the database's address.
#[macro_export]
macro_rules! db_tests {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $story() { $crate::on_sqlite(super::$story); })+
        }
        mod postgres {
            $(#[test] fn $story() { $crate::on_postgres(super::$story); })+
        }
    };
}

/// Tells the story with a file, which is made where it is opened.
pub fn on_sqlite<F>(story: impl FnOnce(String) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = env::temp_dir().join(unique("slipway test"));
    std::fs::create_dir(&folder).expect("a folder");
    let told = tell(async {
        let url = format!("sqlite://{}/with a space.db", folder.display());
        tokio::spawn(story(url)).await
    });
    std::fs::remove_dir_all(&folder).expect("the folder goes");
    resume(told);
}

/// Tells the story with a database of `SLIPWAY_TEST_POSTGRES_URL`'s server, or says that there is none.
pub fn on_postgres<F>(story: impl FnOnce(String) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(server) = env::var("SLIPWAY_TEST_POSTGRES_URL") else {
        let reason = "SLIPWAY_TEST_POSTGRES_URL names no PostgreSQL server";
        assert!(env::var("SLIPWAY_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{reason}");
        return say(&format!("passed over: {reason}"));
    };
    let told = tell(async move {
        let name = unique("slipway_test");
        let mut admin = connect(&server).await.expect("PostgreSQL answers");
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await.expect("a database");
        let options = PgConnectOptions::from_str(&server).expect("an address").database(&name);
        // As a task, so that the database goes even where the story panics.
        let told = tokio::spawn(story(options.to_url_lossy().into())).await;
        let dropped = AssertSqlSafe(format!("drop database {name} with (force)"));
        admin.execute(dropped).await.expect("the database goes");
        told
    });
    resume(told);
}

#[expect(clippy::print_stdout, reason = "what was not done is said")]
fn say(sentence: &str) {
    println!("{sentence}");
}

fn unique(kind: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{kind}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn tell(story: impl Future<Output = Result<(), JoinError>>) -> Result<(), JoinError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a runtime").block_on(story)
}

fn resume(told: Result<(), JoinError>) {
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn connect(url: &str) -> sqlx::Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await
}

/// Another connection that writes to a SQLite file: while it is held, nobody else can.
#[derive(Debug)]
pub struct Lock(AnyConnection);

impl Lock {
    /// Waits its turn, as everybody does.
    pub async fn take(url: &str) -> io::Result<Self> {
        let mut connection = connect(url).await.map_err(io::Error::other)?;
        connection.execute("pragma busy_timeout = 20000").await.map_err(io::Error::other)?;
        connection.execute("begin immediate").await.map_err(io::Error::other)?;
        Ok(Self(connection))
    }

    /// Nothing was changed.
    pub async fn release(mut self) -> io::Result<()> {
        self.0.execute("rollback").await.map_err(io::Error::other)?;
        self.0.close().await.map_err(io::Error::other)
    }
}
