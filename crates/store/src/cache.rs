//! What may be thrown away: answers of others, kept for a faster start.

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

impl Store {
    pub async fn cached(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = query("select key, value from cache where key = $1")
            .text(key)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Columns::of(&row, "cache", "key").text("value")).transpose()
    }

    pub async fn put_cached(&self, key: &str, value: &str, now: i64) -> Result<(), StoreError> {
        self.put(
            query(
                "insert into cache (key, value, updated_at) values ($1, $2, $3)
             on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
            )
            .text(key)
            .text(value)
            .number(now),
        )
        .await
    }
}
