//! The models people choose from: known before any agent runs.
//!
//! Providers that list their models are believed. For the others a throw-away agent is asked once; its answer is kept in
//! the store under the agent's version and the configuration, so that the next start has it at once.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError},
    time::Duration,
};

use sha2::{Digest, Sha256};
use slipway_agent::{Agent, Provider};
use slipway_protocol::{ModelInfo, ModelRef};
use slipway_store::Store;
use tokio::sync::Mutex;

use crate::{Error, Settings, clock, id, providers::Providers};

/// How long a page waits for the first list.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Models {
    store: Store,
    agent: Arc<dyn Agent>,
    providers: Arc<Providers>,
    settings: Arc<Settings>,
    /// Held while the agent is asked, so that it is asked once.
    known: Mutex<Option<Vec<ModelInfo>>>,
    /// Where the throw-away agent runs, while it does.
    asking: std::sync::Mutex<Option<PathBuf>>,
}

impl Models {
    pub(crate) fn new(
        store: Store,
        agent: Arc<dyn Agent>,
        providers: Arc<Providers>,
        settings: Arc<Settings>,
    ) -> Self {
        let (known, asking) = (Mutex::new(None), std::sync::Mutex::default());
        Self { store, agent, providers, settings, known, asking }
    }

    /// The providers are others now.
    pub(crate) async fn forget(&self) {
        *self.known.lock().await = None;
    }

    /// All models; the first call may ask an agent.
    pub(crate) async fn list(&self) -> Result<Vec<ModelInfo>, Error> {
        let asking = async {
            let mut known = self.known.lock().await;
            if let Some(models) = known.as_ref() {
                return Ok(models.clone());
            }
            let models = self.find_out().await?;
            *known = Some(models.clone());
            Ok(models)
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| {
            Err(Error::new(slipway_protocol::ErrorKind::Busy, "The list of models is still being made."))
        })
    }

    pub(crate) fn agent_name(&self) -> String {
        self.agent.name()
    }

    /// The configured default, else the first of the list.
    pub(crate) async fn default(&self) -> Option<ModelRef> {
        if let Some(model) = &self.settings.default_model {
            return Some(model.clone());
        }
        self.list().await.ok()?.into_iter().next().map(|model| model.id)
    }

    async fn find_out(&self) -> Result<Vec<ModelInfo>, Error> {
        let (listed, asked): (Vec<_>, Vec<_>) =
            self.providers.all().into_iter().partition(|provider| !provider.models.is_empty());
        let mut models: Vec<_> = listed.iter().flat_map(listed_models).collect();
        if !asked.is_empty() || listed.is_empty() {
            models.extend(self.ask(&asked).await?);
        }
        Ok(models)
    }

    async fn ask(&self, providers: &[Provider]) -> Result<Vec<ModelInfo>, Error> {
        let key = self.cache_key(providers);
        if let Some(models) = self.store.cached(&key).await?.and_then(|text| serde_json::from_str(&text).ok())
        {
            return Ok(models);
        }
        let scratch = self.settings.runtime_dir.join(format!("models-{}", id::random(6)));
        self.set_asking(Some(scratch.clone()));
        let models = self.agent.models(providers, scratch).await;
        self.set_asking(None);
        let models = models?;
        if let Ok(text) = serde_json::to_string(&models) {
            self.store.put_cached(&key, &text, clock::now()).await?;
        }
        Ok(models)
    }

    /// Leaves no agent behind when the server ends while one is asked.
    pub(crate) async fn shut_down(&self) {
        // Nobody else knows of its folder.
        if let Some(scratch) = self.set_asking(None)
            && let Err(error) = self.agent.clear(&scratch, u64::MAX).await
        {
            tracing::warn!(%error, "the agent that was asked for its models may still run");
        }
    }

    fn set_asking(&self, scratch: Option<PathBuf>) -> Option<PathBuf> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut asking, scratch)
    }

    fn cache_key(&self, providers: &[Provider]) -> String {
        let names: Vec<_> =
            providers.iter().map(|p| format!("{}|{:?}|{:?}", p.id, p.kind, p.base_url)).collect();
        let digest = Sha256::digest(format!("{}\n{}", self.agent.name(), names.join("\n")));
        let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("models-{start:016x}")
    }
}

fn listed_models(provider: &Provider) -> Vec<ModelInfo> {
    let hidden = provider.small_model.as_deref().filter(|_| provider.models.len() > 1);
    let offered = provider.models.iter().filter(|model| Some(model.id.as_str()) != hidden);
    let info = |model: &slipway_agent::ProviderModel| ModelInfo {
        id: ModelRef { provider: provider.id.clone(), model: model.id.clone() },
        name: model.name.clone(),
        provider_name: provider.name.clone(),
        context: model.context,
    };
    offered.map(info).collect()
}
