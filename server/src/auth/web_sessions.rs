//! The store behind the cookie.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use slipway_protocol::UserId;
use slipway_store::{Store, StoreError, WebSession};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    auth::caller::{DEVICE, PERSON},
    hex::hex,
};

#[derive(Clone, Debug)]
pub(crate) struct WebSessions {
    store: Store,
}

impl WebSessions {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What stands for the cookie in the database and in the list of devices.
    pub(crate) fn key(id: &Id) -> String {
        hex(&Sha256::digest(id.to_string()))
    }

    pub(crate) async fn delete_expired(&self) -> std::result::Result<(), StoreError> {
        self.store.delete_expired_web_sessions(milliseconds(OffsetDateTime::now_utc())).await
    }
}

#[async_trait]
impl SessionStore for WebSessions {
    /// Ids are 128 random bits: two never meet.
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (session, now) = (row(record)?, milliseconds(OffsetDateTime::now_utc()));
        self.store.save_web_session(&session, now).await.map_err(backend)
    }

    /// A request that was under way when its device was signed out brings nothing back.
    async fn save(&self, record: &Record) -> Result<()> {
        let (session, now) = (row(record)?, milliseconds(OffsetDateTime::now_utc()));
        self.store.update_web_session(&session, now).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = milliseconds(OffsetDateTime::now_utc());
        let Some(data) = self.store.web_session(&Self::key(id), now).await.map_err(backend)? else {
            return Ok(None);
        };
        let kept: Kept = serde_json::from_slice(&data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data: kept.data, expiry_date: kept.expires_at }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.delete_web_session(&Self::key(id)).await.map_err(backend)
    }
}

/// A record without its id: that is the cookie, and the cookie is not written down.
#[derive(Serialize, Deserialize)]
struct Kept {
    data: HashMap<String, serde_json::Value>,
    expires_at: OffsetDateTime,
}

fn row(record: &Record) -> Result<WebSession> {
    let kept = Kept { data: record.data.clone(), expires_at: record.expiry_date };
    let data = serde_json::to_vec(&kept).map_err(|error| Error::Encode(error.to_string()))?;
    let text = |name: &str| record.data.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    Ok(WebSession {
        key: WebSessions::key(&record.id),
        data,
        user: text(PERSON).map(UserId::new),
        device: text(DEVICE),
        expires_at: milliseconds(record.expiry_date),
    })
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

fn milliseconds(moment: OffsetDateTime) -> i64 {
    (moment.unix_timestamp_nanos() / 1_000_000) as i64
}
