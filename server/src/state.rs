//! What handlers share.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
    time::Instant,
};

use app::Assets;
use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use slipway_engine::{Accounts, Engine};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{
    assets::Site,
    auth::WebSessions,
    config::{Origin, Proxies},
    live::Seats,
    rate::Rates,
    reports::Counted,
    setup::Desk,
};

/// Cheap to clone: each request does so several times.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) origin: Arc<Origin>,
    /// "Continue locally" is on; each request is asked again.
    pub(crate) local: bool,
    /// Agents run without isolation, which every page says.
    pub(crate) host_mode: bool,
    /// Empty: nobody signs in with GitHub here, or not yet.
    pub(crate) accounts: Arc<OnceLock<Arc<Accounts>>>,
    /// Where an owner sets that up; none: it was set up before the start.
    pub(crate) desk: Option<Arc<Desk>>,
    pub(crate) web_sessions: WebSessions,
    pub(crate) site: Site,
    pub(crate) assets: Assets,
    pub(crate) options: LeptosOptions,
    /// What is wrong with the agent, for `/readyz`.
    pub(crate) agent_problem: Option<Arc<str>>,
    /// Who says where a request comes from.
    pub(crate) proxies: Arc<Proxies>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) seats: Seats,
    /// The sockets that are open.
    pub(crate) sockets: TaskTracker,
    /// Moves whenever somebody was signed out somewhere: open sockets look whether it was theirs.
    pub(crate) sign_outs: watch::Sender<u64>,
    /// How much the programs of browsers have said of themselves lately.
    pub(crate) reports: Arc<Counted>,
    pub(crate) started: Instant,
    /// Cancelled when the server ends.
    pub(crate) closing: CancellationToken,
}

impl From<Shared> for AppState {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}
