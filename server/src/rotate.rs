//! `slipway rotate-key`: everything sealed is sealed anew, and the old key forgotten. For a server that is stopped: one that runs would
//! go on with the old key.

use slipway_engine::Accounts;
use slipway_store::Store;

use crate::{
    cli::Settings,
    config::{Config, Unusable, add_key, drop_old_keys, vault},
};

/// Returns how many credentials were sealed anew. Keys that stand in `SLIPWAY_SECRET_KEY` are left as they are: its first one seals.
pub async fn rotate_key(settings: &Settings) -> Result<usize, Unusable> {
    let config = Config::new(settings)?;
    config.data.prepare()?;
    let named = config.secret_key.as_deref().filter(|key| !key.is_empty());
    if named.is_none() {
        add_key(&config.data.folder)?;
    }
    let vault = vault(named, &config.data.folder)?;
    let store = Store::open(&config.data.database_url)
        .await
        .map_err(|error| Unusable(format!("The database cannot be used: {error}.")))?;
    let rotated = Accounts::rotate(&store, &vault).await.map_err(|error| Unusable(error.sentence));
    store.close().await;
    let rotated = rotated?;
    if named.is_none() {
        drop_old_keys(&config.data.folder)?;
    }
    Ok(rotated)
}
