//! Standing in a database's way.

use std::io;

use sqlx::{AnyConnection, Connection, Executor};

/// Another connection that writes to a SQLite file: while it is held, nobody else can.
#[derive(Debug)]
pub struct Lock(AnyConnection);

impl Lock {
    /// Waits its turn, as everybody does.
    pub async fn take(url: &str) -> io::Result<Self> {
        sqlx::any::install_default_drivers();
        let mut connection = AnyConnection::connect(url).await.map_err(io::Error::other)?;
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
