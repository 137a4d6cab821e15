//! The first set-up: what its page shows. The server lets only those see it who have the code of its log.

use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};

use super::Problem;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupFacts {
    pub code: String,
    /// `https://slipway.example`
    pub homepage: String,
    /// Where GitHub sends people back to, exactly as it must be registered.
    pub callback: String,
    /// The form at GitHub.
    pub register_at: String,
    /// What was entered before, where that did not work: never the secret.
    pub client_id: String,
    pub who: String,
    pub names: String,
}

#[server(prefix = "/api", endpoint = "setup/page", input = Json)]
pub async fn load_setup() -> Result<SetupFacts, Problem> {
    crate::ssr::setup_facts().await.map_err(crate::ssr::problem)
}
