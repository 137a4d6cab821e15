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
    #[error("database: {0}")]
    Database(Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_full(&error) { Self::Full } else { Self::Database(error.into()) }
    }
}

impl StoreError {
    pub(crate) fn from_migration(error: MigrateError, known: i64) -> Self {
        match error {
            MigrateError::VersionMissing(found) if found > known => Self::NewerSchema { found, known },
            MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) if is_full(&cause) => {
                Self::Full
            }
            other => Self::Database(other.into()),
        }
    }
}

/// `SQLITE_FULL`, and PostgreSQL's `disk_full`.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| ["13", "53100"].contains(&&*code))
}
