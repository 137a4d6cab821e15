//! A database of its own for each story.

use slipway_protocol::{Person, SessionId, UserId};
use slipway_store::Store;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row, any::AnyRow};

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

    /// Every table of ours, the search's among them.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let sql = if self.is_postgres() {
            "select table_name::text as name from information_schema.tables where table_schema = 'public' order by 1"
        } else {
            "select name from pragma_table_list
             where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite_%' order by 1"
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
        let made =
            self.store.create_session(&head, &owner.id, &first_commands(), &author(owner), None, 1).await;
        assert!(made.expect("a session"), "{id} was there already");
        head.id
    }
}

pub(crate) fn on_sqlite<F>(story: fn(Stage) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    slipway_test_support::on_sqlite(move |url| run(story, url));
}

pub(crate) fn on_postgres<F>(story: fn(Stage) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    slipway_test_support::on_postgres(move |url| run(story, url));
}

/// As a task, so that what a story leaves behind is tidied up even where it panics.
async fn run<F>(story: fn(Stage) -> F, url: String)
where
    F: Future<Output = ()> + Send + 'static,
{
    let store = Store::open(&url).await.expect("opens");
    let told = tokio::spawn(story(Stage { store: store.clone(), url })).await;
    store.close().await;
    if let Err(error) = told {
        std::panic::resume_unwind(error.into_panic());
    }
}

async fn connect(url: &str) -> AnyConnection {
    AnyConnection::connect(url).await.expect("connects")
}
