//! Models a person can choose from. Never a key.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Names a model: `provider/model`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelRef {
    pub provider: String,
    pub model: String,
}

impl ModelRef {
    /// Reads `provider/model`; the model's own name may hold further slashes.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = text.split_once('/')?;
        let named = !provider.is_empty() && !model.is_empty();
        named.then(|| Self { provider: provider.into(), model: model.into() })
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// One line of the model list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    pub id: ModelRef,
    /// As people read it, such as "Sonnet 4.5".
    pub name: String,
    pub provider_name: String,
    /// Tokens that fit into a conversation; 0 where unknown.
    pub context: u64,
}
