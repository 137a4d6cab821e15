//! The store behind the cookie.

use async_trait::async_trait;
use slipway_store::{Store, StoreError};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[derive(Clone, Debug)]
pub(crate) struct WebSessions {
    store: Store,
}

impl WebSessions {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    pub(crate) async fn delete_expired(&self) -> std::result::Result<(), StoreError> {
        self.store.delete_expired_web_sessions(milliseconds(OffsetDateTime::now_utc())).await
    }
}

#[async_trait]
impl SessionStore for WebSessions {
    /// Ids are 128 random bits: two never meet.
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
        let expires_at = milliseconds(record.expiry_date);
        self.store.save_web_session(&record.id.to_string(), &data, expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = milliseconds(OffsetDateTime::now_utc());
        let data = self.store.web_session(&id.to_string(), now).await.map_err(backend)?;
        let read = data.map(|data| serde_json::from_slice(&data)).transpose();
        read.map_err(|error| Error::Decode(error.to_string()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.store.delete_web_session(&id.to_string()).await.map_err(backend)
    }
}

fn backend(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

fn milliseconds(moment: OffsetDateTime) -> i64 {
    (moment.unix_timestamp_nanos() / 1_000_000) as i64
}
