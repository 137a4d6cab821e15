//! Model providers: which there are, and for the owner how they come and go. A key goes in and never comes out.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::{NewProvider, ProviderInfo};

use super::Problem;

#[server(prefix = "/api", endpoint = "providers/list", input = Json)]
pub async fn list_providers() -> Result<Vec<ProviderInfo>, Problem> {
    let (engine, _) = crate::ssr::caller()?;
    std::future::ready(Ok(engine.providers())).await
}

/// Kept only where the provider takes the key.
#[server(prefix = "/api", endpoint = "providers/add", input = Json)]
pub async fn add_provider(new: NewProvider) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.add_provider(&person, new).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "providers/test", input = Json)]
pub async fn test_provider(id: String) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.test_provider(&person, &id).await.map_err(crate::ssr::problem)
}

#[server(prefix = "/api", endpoint = "providers/remove", input = Json)]
pub async fn remove_provider(id: String) -> Result<(), Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.remove_provider(&person, &id).await.map_err(crate::ssr::problem)
}
