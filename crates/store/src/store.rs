//! The store itself: opening, checking, transactions.

use sqlx::{Any, Transaction};

use crate::{
    StoreError,
    columns::Query,
    dialect::Dialect,
    readers::Readers,
    until_reachable,
    writer::{Writer, Writing},
};

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    dialect: Dialect,
    writer: Writer,
    pub(crate) readers: Readers,
}

impl Store {
    /// Opens `sqlite://path` or `postgres://...` and brings its schema up to date. A database that does not answer yet is
    /// waited for.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let dialect = Dialect::of(url)?;
        let url = dialect.address(url);
        until_reachable(|| Self::open_now(dialect, &url)).await
    }

    async fn open_now(dialect: Dialect, url: &str) -> Result<Self, StoreError> {
        dialect.migrate(url).await?;
        let (writer, readers) = dialect.connect(url).await?;
        let store = Self { dialect, writer: Writer::new(writer, dialect), readers: Readers::new(readers) };
        store.index_what_is_owed().await?;
        Ok(store)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").fetch_one(&self.readers).await?;
        Ok(())
    }

    /// Waits for what is under way and closes every connection; nothing works afterwards.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.pool.close().await;
    }

    /// Overwrites what was deleted, also where the database keeps it for itself. A reader that is at work puts it off to
    /// the next time.
    pub(crate) async fn forget(&self) -> Result<(), StoreError> {
        if let Some(statement) = self.dialect.forget() {
            sqlx::raw_sql(statement).execute(&self.writer.pool).await?;
        }
        Ok(())
    }

    /// A transaction that writes; dropped without commit, nothing happened.
    pub(crate) async fn write(&self) -> Result<Writing, StoreError> {
        self.writer.begin().await
    }

    /// One statement that writes, by itself.
    pub(crate) async fn put(&self, statement: Query) -> Result<(), StoreError> {
        self.writer.put(statement).await.map(drop)
    }

    /// The same. False: it found nothing to change.
    pub(crate) async fn put_if_new(&self, statement: Query) -> Result<bool, StoreError> {
        Ok(self.writer.put(statement).await? > 0)
    }

    /// A transaction whose every statement sees the same moment.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.readers.begin(self.dialect.begin_read()).await?)
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::UserId;

    use super::Store;
    use crate::StoreError;

    /// PostgreSQL's is told among the stories: there it can be acted.
    #[tokio::test]
    async fn a_full_disk_is_told_and_once_there_is_room_all_is_well() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/slipway.db", folder.path().display())).await.unwrap();
        let put = async |size: usize| store.put_cached("key", &"x".repeat(size), 1).await;
        put(10).await.unwrap();
        sqlx::query("pragma max_page_count = 1").execute(&store.writer.pool).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let filled = sqlx::query("insert into cache values ('other', $1, 1)")
            .bind("x".repeat(1_000_000))
            .execute(&mut *tx)
            .await;
        assert!(matches!(filled.map_err(StoreError::from), Err(StoreError::Full)));
        drop(tx);
        assert_eq!(store.cached("other").await.unwrap(), None);
        assert_eq!(store.cached("key").await.unwrap().map(|text| text.len()), Some(10));

        // SQLite may have ended the transaction by itself; whatever comes next must not trip over it.
        let _ = sqlx::query("pragma max_page_count = 1073741823").execute(&store.writer.pool).await;
        store.write().await.unwrap().commit().await.unwrap();
        put(1_000_000).await.unwrap();
        store.ensure_user(&UserId::new("ada"), "Ada", 1).await.unwrap();
    }
}
