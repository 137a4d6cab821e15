//! What handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use slipway_engine::{Accounts, Engine};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{assets::Site, auth::WebSessions, config::Origin};

#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) engine: Engine,
    pub(crate) origin: Arc<Origin>,
    /// "Continue locally" is on; each request is asked again.
    pub(crate) local: bool,
    /// None: nobody signs in with GitHub here.
    pub(crate) accounts: Option<Arc<Accounts>>,
    pub(crate) web_sessions: WebSessions,
    pub(crate) site: Site,
    pub(crate) options: LeptosOptions,
    /// What is wrong with the agent, for `/readyz`.
    pub(crate) agent_problem: Option<Arc<str>>,
    /// The sockets that are open.
    pub(crate) sockets: TaskTracker,
    /// Cancelled when the server ends.
    pub(crate) closing: CancellationToken,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}
