//! What a person begins a session with.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::Preferences;

use super::Problem;

#[server(prefix = "/api", endpoint = "account/preferences", input = Json)]
pub async fn save_preferences(wanted: Preferences) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.set_preferences(&person, &wanted).await.map_err(crate::ssr::problem)
}
