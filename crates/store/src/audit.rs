//! Who did what. Kept when what it was done to is gone.

use slipway_protocol::UserId;

use crate::{
    Store, StoreError,
    columns::{Bind, query},
};

impl Store {
    /// `who` is none for what the server did by itself.
    pub async fn audit(
        &self,
        who: Option<&UserId>,
        what: &str,
        subject: &str,
        now: i64,
    ) -> Result<(), StoreError> {
        query("insert into audit (who, what, subject, at) values ($1, $2, $3, $4)")
            .text_or_null(who.map(UserId::as_str))
            .text(what)
            .text(subject)
            .number(now)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
