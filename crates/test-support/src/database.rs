//! Databases for stories: one of its own for each, and somebody who stands in its way. The databases' own programs do it, `psql` and
//! `sqlite3`, so that the store alone knows a driver.

use std::{
    env, io,
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
    task::JoinError,
};

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
        let database = PostgresDatabase::create(&server).await.expect("a database");
        // As a task, so that the database goes even where the story panics.
        let told = tokio::spawn(story(database.url())).await;
        database.remove().await.expect("the database goes");
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

/// A database on a PostgreSQL server, there until it is removed.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: String,
    name: String,
}

impl PostgresDatabase {
    /// `server` is the address of any database of the server.
    pub async fn create(server: &str) -> io::Result<Self> {
        let name = unique("slipway_test");
        psql(server, &format!("create database {name}")).await?;
        Ok(Self { server: server.to_owned(), name })
    }

    pub fn url(&self) -> String {
        let (address, settings) = self.server.split_at(self.server.find('?').unwrap_or(self.server.len()));
        let host = address.rsplit_once('/').map_or(address, |(host, _)| host);
        format!("{host}/{}{settings}", self.name)
    }

    /// Breaks every connection, in the middle of whatever it does.
    pub async fn cut(&self) -> io::Result<()> {
        let of_this = format!("datname = '{}'", self.name);
        psql(&self.server, &format!("select pg_terminate_backend(pid) from pg_stat_activity where {of_this}"))
            .await
    }

    pub async fn remove(self) -> io::Result<()> {
        psql(&self.server, &format!("drop database {} with (force)", self.name)).await
    }
}

async fn psql(server: &str, sql: &str) -> io::Result<()> {
    let mut psql = Command::new("psql");
    psql.args([
        "--quiet",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        "--command",
        sql,
        server,
    ]);
    let said = psql.output().await?;
    if said.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{sql}: {}", String::from_utf8_lossy(&said.stderr).trim())))
}

/// Somebody else who writes to a SQLite file: while it is held, nobody else can.
#[derive(Debug)]
pub struct Lock(Child);

impl Lock {
    /// Waits its turn, as everybody does. `url` is `sqlite://` and a path.
    pub async fn take(url: &str) -> io::Result<Self> {
        let mut sqlite = Command::new("sqlite3");
        sqlite.args(["-batch", "-bail", url.trim_start_matches("sqlite://")]).kill_on_drop(true);
        let mut held = Self(sqlite.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
        held.say(".timeout 20000\nbegin immediate;\nselect 'held';\n").await?;
        let mut said = String::new();
        let output = held.0.stdout.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        BufReader::new(output).read_line(&mut said).await?;
        if said == "held\n" { Ok(held) } else { Err(io::Error::other("the database is not to be had")) }
    }

    /// Nothing was changed.
    pub async fn release(mut self) -> io::Result<()> {
        self.say("rollback;\n.quit\n").await?;
        let ended = self.0.wait().await?;
        if ended.success() { Ok(()) } else { Err(io::Error::other(format!("sqlite3 ended: {ended}"))) }
    }

    async fn say(&mut self, lines: &str) -> io::Result<()> {
        let input = self.0.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(lines.as_bytes()).await?;
        input.flush().await
    }
}
