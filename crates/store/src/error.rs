//! What can go wrong with a database, as far as callers can act on it.

use sqlx::{error::DatabaseError, migrate::MigrateError};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database was written by a newer Slipway (its schema is {found}, this version knows up to {known}): \
         start the newer version, or restore the backup from before the upgrade"
    )]
    NewerSchema { found: i64, known: i64 },
    #[error("the disk that holds the database is full: nothing was changed, free some space and try again")]
    Full,
    #[error("another supervisor has taken over this session")]
    Fenced,
    #[error("the session is gone")]
    NoSession,
    /// What a row holds, or what was to be written to it, can't be.
    #[error("row {id} of table {table} is inconsistent")]
    Inconsistent { table: &'static str, id: String },
    /// No connection, or one that broke. What was asked may have been done or not.
    #[error("the database does not answer: {0}")]
    Unreachable(Box<dyn std::error::Error + Send + Sync>),
    #[error("database: {0}")]
    Database(Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            full if is_full(&full) => Self::Full,
            broken if is_unreachable(&broken) => Self::Unreachable(broken.into()),
            other => Self::Database(other.into()),
        }
    }
}

impl StoreError {
    pub(crate) fn from_migration(error: MigrateError, known: i64) -> Self {
        match error {
            MigrateError::VersionMissing(found) if found > known => Self::NewerSchema { found, known },
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => cause.into(),
            other => Self::Database(other.into()),
        }
    }
}

/// A connection that could not be made or that broke; PostgreSQL that ends (`57P01`, `57P02`), begins (`57P03`) or has no place
/// left (`53300`).
fn is_unreachable(error: &sqlx::Error) -> bool {
    is_cut(error) || has_code(error, &["57P03", "53300"]) || matches!(error, sqlx::Error::PoolTimedOut)
}

/// A connection that was there and is not any more.
pub(crate) fn is_cut(error: &sqlx::Error) -> bool {
    has_code(error, &["57P01", "57P02"]) || matches!(error, sqlx::Error::Io(_))
}

/// `SQLITE_FULL`, and PostgreSQL's `disk_full`.
pub(crate) fn is_full(error: &sqlx::Error) -> bool {
    has_code(error, &["13", "53100"])
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| codes.contains(&&*code))
}
