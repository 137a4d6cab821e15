//! Who did what, for the owner.

use leptos::{prelude::*, server_fn::codec::Json};
use slipway_protocol::{AuditPage, UserId};

use super::Problem;

/// What one person did, or everybody; `before` is the `next` of the page before.
#[server(prefix = "/api", endpoint = "audit/page", input = Json)]
pub async fn load_audit(of: Option<UserId>, before: Option<i64>) -> Result<AuditPage, Problem> {
    let (engine, person) = crate::ssr::caller()?;
    engine.audit(&person, of.as_ref(), before).await.map_err(crate::ssr::problem)
}
