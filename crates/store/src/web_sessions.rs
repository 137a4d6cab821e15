//! Who is signed in, and on which devices: the records behind the cookies, by a digest of the cookie. Whoever reads the database
//! cannot make a cookie of it.

use slipway_protocol::UserId;
use sqlx::any::AnyRow;

use crate::{
    Store, StoreError,
    columns::{Bind, Columns, query},
};

/// The record behind a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// A digest of the cookie's value.
    pub key: String,
    pub data: Vec<u8>,
    /// Who is signed in; none before that.
    pub user: Option<UserId>,
    /// What the person is told about the device, such as "Firefox on Linux".
    pub device: Option<String>,
    /// Milliseconds since 1970, as are all times here.
    pub expires_at: i64,
}

/// Where a person is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub key: String,
    pub name: String,
    pub since: i64,
    pub seen_at: i64,
}

impl Store {
    /// None also for one that has expired.
    pub async fn web_session(&self, key: &str, now: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row = query("select id, data from web_sessions where id = $1 and expires_at > $2")
            .text(key)
            .number(now)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Columns::of(&row, "web_sessions", "id").bytes("data")).transpose()
    }

    pub async fn save_web_session(&self, session: &WebSession, now: i64) -> Result<(), StoreError> {
        self.put(
            query(
                "insert into web_sessions (id, data, user_id, device, expires_at, created_at, seen_at)
             values ($1, $2, $3, $4, $5, $6, $6)
             on conflict (id) do update set data = excluded.data, user_id = excluded.user_id,
                 device = excluded.device, expires_at = excluded.expires_at, seen_at = excluded.seen_at",
            )
            .text(&session.key)
            .bytes(&session.data)
            .text_or_null(session.user.as_ref().map(UserId::as_str))
            .text_or_null(session.device.as_deref())
            .number(session.expires_at)
            .number(now),
        )
        .await
    }

    /// Nothing where it was deleted meanwhile: whoever was signed out stays so.
    pub async fn update_web_session(&self, session: &WebSession, now: i64) -> Result<(), StoreError> {
        self.put(
            query(
                "update web_sessions set data = $2, user_id = $3, device = $4, expires_at = $5, seen_at = $6
             where id = $1",
            )
            .text(&session.key)
            .bytes(&session.data)
            .text_or_null(session.user.as_ref().map(UserId::as_str))
            .text_or_null(session.device.as_deref())
            .number(session.expires_at)
            .number(now),
        )
        .await
    }

    pub async fn delete_web_session(&self, key: &str) -> Result<(), StoreError> {
        self.put(query("delete from web_sessions where id = $1").text(key)).await
    }

    pub async fn delete_expired_web_sessions(&self, now: i64) -> Result<(), StoreError> {
        self.put(query("delete from web_sessions where expires_at <= $1").number(now)).await
    }

    /// The one used last comes first.
    pub async fn devices(&self, user: &UserId, now: i64) -> Result<Vec<Device>, StoreError> {
        let rows = query(
            "select id, device, created_at, seen_at from web_sessions
             where user_id = $1 and expires_at > $2 order by seen_at desc, id",
        )
        .text(user.as_str())
        .number(now)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(device).collect()
    }

    /// Signs a person out on one device, or, without one, everywhere. Nothing of another person's is touched.
    pub async fn sign_out(&self, user: &UserId, device: Option<&str>) -> Result<(), StoreError> {
        self.put(
            query("delete from web_sessions where user_id = $1 and id = coalesce($2, id)")
                .text(user.as_str())
                .text_or_null(device),
        )
        .await
    }
}

fn device(row: &AnyRow) -> Result<Device, StoreError> {
    let columns = Columns::of(row, "web_sessions", "id");
    Ok(Device {
        key: columns.text("id")?,
        name: columns.text_or_null("device")?.unwrap_or_default(),
        since: columns.number_or_null("created_at")?.unwrap_or_default(),
        seen_at: columns.number_or_null("seen_at")?.unwrap_or_default(),
    })
}
