//! Who is signed in: the records behind the cookies.

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

impl Store {
    /// None also for one that has expired.
    pub async fn web_session(&self, id: &str, now: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = query("select id, data from web_sessions where id = $1 and expires_at > $2")
            .text(id)
            .number(now)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Columns::of(&row, "web_sessions", "id").bytes("data")).transpose()
    }

    pub async fn save_web_session(&self, id: &str, data: &[u8], expires_at: i64) -> Result<(), StoreError> {
        query(
            "insert into web_sessions (id, data, expires_at) values ($1, $2, $3)
             on conflict (id) do update set data = excluded.data, expires_at = excluded.expires_at",
        )
        .text(id)
        .bytes(data)
        .number(expires_at)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    pub async fn delete_web_session(&self, id: &str) -> Result<(), StoreError> {
        query("delete from web_sessions where id = $1").text(id).execute(&self.writer).await?;
        Ok(())
    }

    pub async fn delete_expired_web_sessions(&self, now: i64) -> Result<(), StoreError> {
        query("delete from web_sessions where expires_at <= $1").number(now).execute(&self.writer).await?;
        Ok(())
    }
}
