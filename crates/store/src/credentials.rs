//! What opens doors elsewhere: sealed before it comes here, and opened by nobody here.

use slipway_protocol::UserId;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// A sealed credential, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub user: UserId,
    /// For what, such as `github`.
    pub kind: String,
    pub sealed: Vec<u8>,
}

impl Store {
    pub async fn credential(&self, user: &UserId, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = query("select user_id, sealed from credentials where user_id = $1 and kind = $2")
            .text(user.as_str())
            .text(kind)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Columns::of(&row, "credentials", "user_id").bytes("sealed")).transpose()
    }

    /// Takes the place of one that was there.
    pub async fn put_credential(&self, credential: &Credential, now: i64) -> Result<(), StoreError> {
        self.put(query(
            "insert into credentials (user_id, kind, sealed, updated_at) values ($1, $2, $3, $4)
             on conflict (user_id, kind) do update set sealed = excluded.sealed, updated_at = excluded.updated_at",
        )
        .text(credential.user.as_str())
        .text(&credential.kind)
        .bytes(&credential.sealed)
        .number(now)).await
    }

    pub async fn delete_credential(&self, user: &UserId, kind: &str) -> Result<(), StoreError> {
        self.put(
            query("delete from credentials where user_id = $1 and kind = $2").text(user.as_str()).text(kind),
        )
        .await
    }

    /// All there are: to seal them anew under another key.
    pub async fn credentials(&self) -> Result<Vec<Credential>, StoreError> {
        let rows = query("select user_id, kind, sealed from credentials order by user_id, kind")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let columns = Columns::of(row, "credentials", "user_id");
                let user = UserId::new(columns.text("user_id")?);
                Ok(Credential { user, kind: columns.text("kind")?, sealed: columns.bytes("sealed")? })
            })
            .collect()
    }
}
