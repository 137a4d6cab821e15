//! What differs between SQLite and PostgreSQL: how to connect, how a transaction begins, which migrations run.

use std::time::Duration;

use sqlx::{AnyPool, Connection, any::AnyPoolOptions, migrate::Migrator};

use crate::StoreError;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// How long a query may wait for a connection, and a connection for a lock.
const PATIENCE: Duration = Duration::from_secs(10);
const SQLITE_READERS: u32 = 4;
pub(crate) const POSTGRES_CONNECTIONS: u32 = 16;

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

const SQLITE_WRITER: &str = "pragma busy_timeout = 10000; pragma foreign_keys = on; pragma journal_mode = wal; \
                             pragma synchronous = full; pragma secure_delete = on";
const SQLITE_READER: &str = "pragma busy_timeout = 10000; pragma query_only = on";
/// A node that hangs must not hold a session's row for ever.
const POSTGRES_SESSION: &str =
    "set statement_timeout = '30s'; set idle_in_transaction_session_timeout = '30s'";

impl Dialect {
    pub(crate) fn of(url: &str) -> Result<Self, StoreError> {
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        match scheme {
            // Each connection would get a database of its own.
            "sqlite" if rest.contains(":memory:") || rest.contains("mode=memory") => {
                Err(StoreError::Database("SQLite in memory is not supported, give it a file".into()))
            }
            "sqlite" => Ok(Self::Sqlite),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            _ => {
                let sentence = "the address of a database begins with sqlite:// or postgres://";
                Err(StoreError::Database(sentence.into()))
            }
        }
    }

    /// A SQLite file is made where there is none, unless the address says otherwise.
    pub(crate) fn address(self, url: &str) -> String {
        match (self, url.split_once('?')) {
            (Self::Sqlite, None) => format!("{url}?mode=rwc"),
            (Self::Sqlite, Some((_, settings))) if !settings.contains("mode=") => format!("{url}&mode=rwc"),
            (Self::Sqlite | Self::Postgres, _) => url.into(),
        }
    }

    /// Over a connection of its own: a migration may take longer than any query.
    pub(crate) async fn migrate(self, url: &str) -> Result<(), StoreError> {
        let migrator = match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        };
        let known = migrator.iter().map(|migration| migration.version).max().unwrap_or_default();
        let pool = AnyPoolOptions::new().acquire_timeout(PATIENCE).max_connections(1).connect(url).await?;
        let migrated = migrator.run(&pool).await;
        pool.close().await;
        migrated.map_err(|error| StoreError::from_migration(error, known))
    }

    /// The pool that writes and the pool that reads.
    pub(crate) async fn connect(self, url: &str) -> Result<(AnyPool, AnyPool), StoreError> {
        // None is asked whether it is still there: a file's always is, and of PostgreSQL's whoever meets one that was cut takes another.
        let options = AnyPoolOptions::new().acquire_timeout(PATIENCE).test_before_acquire(false);
        match self {
            Self::Sqlite => {
                let options = options.idle_timeout(None).max_lifetime(None);
                let writer = prepared(options.clone().max_connections(1), SQLITE_WRITER)
                    // On some errors (a full disk) SQLite ends a transaction by itself and sqlx does not notice:
                    // the next one would never begin. Such a connection is replaced.
                    .before_acquire(|connection, _| {
                        let sound = !connection.is_in_transaction();
                        Box::pin(async move { Ok(sound) })
                    })
                    .connect(url)
                    .await?;
                let readers = prepared(options.max_connections(SQLITE_READERS), SQLITE_READER);
                Ok((writer, readers.connect(url).await?))
            }
            Self::Postgres => {
                let options = prepared(options.max_connections(POSTGRES_CONNECTIONS), POSTGRES_SESSION);
                let pool = options.connect(url).await?;
                Ok((pool.clone(), pool))
            }
        }
    }

    /// SQLite takes the lock at once: one that is taken later can fail instead of waiting.
    pub(crate) fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// What overwrites the rows that were deleted: SQLite's log holds them until it is written anew.
    pub(crate) fn forget(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => Some("pragma wal_checkpoint(truncate)"),
            // The log of PostgreSQL is its operator's.
            Self::Postgres => None,
        }
    }

    /// Every statement of the transaction sees the same moment.
    pub(crate) fn begin_read(self) -> &'static str {
        match self {
            Self::Sqlite => "begin",
            Self::Postgres => "begin isolation level repeatable read read only",
        }
    }
}

/// Runs `statements` on each new connection.
fn prepared(options: AnyPoolOptions, statements: &'static str) -> AnyPoolOptions {
    options.after_connect(move |connection, _| {
        Box::pin(async move { sqlx::raw_sql(statements).execute(connection).await.map(drop) })
    })
}
