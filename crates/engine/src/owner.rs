//! Who owns the installation: those whom the settings name, else the first who signed in with GitHub. On a machine of one's own the
//! local user does, too.

use slipway_protocol::Person;

use crate::{Engine, Error, engine::is_local};

impl Engine {
    pub async fn is_owner(&self, who: &Person) -> Result<bool, Error> {
        if is_local(&who.id) {
            return Ok(true);
        }
        let named = &self.settings.owners;
        if !named.is_empty() {
            return Ok(named.iter().any(|login| login.eq_ignore_ascii_case(&who.name)));
        }
        Ok(self.store.owner().await?.is_some_and(|owner| owner == who.id))
    }
}
