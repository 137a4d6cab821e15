//! Whom of their repositories a person trusts.

use slipway_protocol::UserId;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

impl Store {
    /// None: the person has not decided.
    pub async fn trust(&self, user: &UserId, repository: &str) -> Result<Option<bool>, StoreError> {
        let row =
            query("select user_id, trusted from repository_trust where user_id = $1 and repository = $2")
                .text(user.as_str())
                .text(repository)
                .fetch_optional(&self.readers)
                .await?;
        row.map(|row| Columns::of(&row, "repository_trust", "user_id").flag("trusted")).transpose()
    }

    /// Takes the place of what the person decided before.
    pub async fn set_trust(
        &self,
        user: &UserId,
        repository: &str,
        trusted: bool,
        now: i64,
    ) -> Result<(), StoreError> {
        self.put(query(
            "insert into repository_trust (user_id, repository, trusted, decided_at) values ($1, $2, $3, $4)
             on conflict (user_id, repository) do update set trusted = excluded.trusted, decided_at = excluded.decided_at",
        )
        .text(user.as_str())
        .text(repository)
        .flag(trusted)
        .number(now)).await
    }
}
