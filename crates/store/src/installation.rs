//! What an owner set up in the browser: the app at GitHub, and who owns this installation. One row each.

use slipway_protocol::UserId;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// The app at GitHub; its secret is sealed before it comes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApp {
    pub client_id: String,
    pub sealed_secret: Vec<u8>,
    /// Who may sign in, as the setting has it.
    pub allow: String,
}

impl Store {
    pub async fn github_app(&self) -> Result<Option<StoredApp>, StoreError> {
        let row = query("select client_id, sealed_secret, allow from github_app where place = 1")
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            let columns = Columns::of(&row, "github_app", "client_id");
            Ok(StoredApp {
                client_id: columns.text("client_id")?,
                sealed_secret: columns.bytes("sealed_secret")?,
                allow: columns.text("allow")?,
            })
        })
        .transpose()
    }

    /// Takes the place of one that was there.
    pub async fn put_github_app(&self, app: &StoredApp, now: i64) -> Result<(), StoreError> {
        self.put(query(
            "insert into github_app (place, client_id, sealed_secret, allow, updated_at) values (1, $1, $2, $3, $4)
             on conflict (place) do update set client_id = excluded.client_id, allow = excluded.allow,
                 sealed_secret = excluded.sealed_secret, updated_at = excluded.updated_at",
        )
        .text(&app.client_id)
        .bytes(&app.sealed_secret)
        .text(&app.allow)
        .number(now)).await
    }

    /// Makes this person the owner where there is none yet.
    pub async fn claim_ownership(&self, user: &UserId, now: i64) -> Result<(), StoreError> {
        self.put(
            query(
                "insert into owner (place, user_id, since) values (1, $1, $2) on conflict (place) do nothing",
            )
            .text(user.as_str())
            .number(now),
        )
        .await
    }

    pub async fn owner(&self) -> Result<Option<UserId>, StoreError> {
        let row = query("select user_id from owner where place = 1").fetch_optional(&self.readers).await?;
        row.map(|row| Columns::of(&row, "owner", "user_id").text("user_id").map(UserId::new)).transpose()
    }
}
