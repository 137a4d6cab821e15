//! What a person begins a session with, unless they say otherwise; and what the installation has for all.

use slipway_agent::Permissions;
use slipway_protocol::{About, Person, Preferences};

use crate::{Engine, Error, clock};

impl Engine {
    /// A model that is not offered any more is no preference.
    pub async fn preferences(&self, who: &Person) -> Result<Preferences, Error> {
        let mut held = self.store.preferences(&who.id).await?;
        if let Some(model) = &held.model {
            let known = self.models().await.unwrap_or_default();
            if !known.is_empty() && known.iter().all(|offered| offered.id != *model) {
                held.model = None;
            }
        }
        Ok(held)
    }

    pub fn about(&self) -> About {
        About {
            agent: self.models.agent_name(),
            asks: self.settings.permissions == Permissions::Ask,
            archive_after: self.settings.archive_after.as_secs(),
            idle_stop: self.settings.idle_stop.as_secs(),
            max_agents: self.settings.max_agents,
        }
    }

    pub async fn set_preferences(&self, who: &Person, wanted: &Preferences) -> Result<(), Error> {
        if let Some(model) = &wanted.model {
            self.must_be_offered(model).await?;
        }
        Ok(self.store.set_preferences(&who.id, wanted, clock::now()).await?)
    }
}
