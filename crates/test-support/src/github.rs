//! A GitHub of a test's own: people sign in with it, and it has organisations and repositories that some of them may read.
//!
//! It answers in the shapes of GitHub's API description, and refuses as GitHub does: a wrong code is an answer of 200 with an error in
//! it, a repository that somebody may not see does not exist. Unlike GitHub it insists on PKCE.

mod api;
mod checks;
mod conditional;
mod git;
mod installations;
mod pulls;
mod reviews;
mod rights;
mod sign_in;

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

pub use checks::{Annotation, CheckRun};
pub use git::GitFault;
pub use pulls::{Pull, PullFault};

pub const CLIENT_ID: &str = "Iv1.slipway-test";
pub const CLIENT_SECRET: &str = "secret-of-the-app-0123456789";

/// A running GitHub; dropping it ends it.
#[derive(Debug)]
pub struct GitHub {
    address: SocketAddr,
    world: World,
    task: JoinHandle<()>,
}

/// Everything there is, and who did what so far.
#[derive(Debug, Default)]
struct State {
    people: BTreeMap<String, u64>,
    organisations: BTreeMap<String, Vec<String>>,
    repositories: Vec<Repository>,
    codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, String>,
    refresh_tokens: BTreeMap<String, String>,
    /// Tokens run out after so many seconds; none: never.
    expire_after: Option<u64>,
    /// Answered to everything of the API, instead of an answer.
    fault: Option<Fault>,
    renewals: usize,
    /// How often each path of the API was asked for.
    asked: BTreeMap<String, usize>,
    /// Pages of lists that were sent whole.
    read_anew: usize,
    installations: Vec<installations::Installation>,
    /// Every code and token that was ever given out.
    minted: Vec<String>,
    git: git::Held,
    pulls: pulls::Held,
}

#[derive(Clone, Debug)]
struct Repository {
    id: u64,
    full_name: String,
    private: bool,
    archived: bool,
    readers: Vec<String>,
}

/// What a person agreed to.
#[derive(Clone, Debug)]
struct Code {
    login: String,
    challenge: String,
    redirect_uri: String,
}

/// What a browser brings back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// The whole address.
    pub address: String,
    pub code: Option<String>,
    pub state: String,
}

/// How the API fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 403 with nothing left until this second since 1970.
    RateLimited { until: u64 },
    /// 429 with `Retry-After`.
    SlowDown,
    /// 429 without a word about how long.
    TooMany,
    /// 403 that is told from others by its words only.
    Secondary,
    /// 502 with a page instead of JSON.
    BadGateway,
    /// The connection ends in the middle of the answer.
    Cut,
    /// Nothing is ever answered.
    Silent,
}

#[derive(Clone, Debug, Default)]
struct World(Arc<Mutex<State>>);

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mint(&mut self, kind: &str) -> String {
        let minted = format!("{kind}_canary{:08}", self.minted.len() + 1);
        self.minted.push(minted.clone());
        minted
    }
}

impl GitHub {
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let world = World::default();
        let router = Router::new()
            .merge(sign_in::router(world.clone()))
            .merge(api::router(world.clone()))
            .merge(git::router(world.clone()))
            .merge(pulls::router(world.clone()));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, world, task })
    }

    /// Of its pages, its API and its repositories.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn add_person(&self, login: &str) -> u64 {
        let mut state = self.world.state();
        let id = 1_000 + state.people.len() as u64;
        *state.people.entry(login.into()).or_insert(id)
    }

    pub fn add_organisation(&self, name: &str, members: &[&str]) {
        let members = members.iter().map(|login| (*login).to_owned()).collect();
        self.world.state().organisations.insert(name.into(), members);
    }

    /// A private one is seen by its readers only.
    pub fn add_repository(&self, full_name: &str, private: bool, readers: &[&str]) {
        let mut state = self.world.state();
        let id = 5_000 + state.repositories.len() as u64;
        let readers = readers.iter().map(|login| (*login).to_owned()).collect();
        let full_name = full_name.into();
        state.repositories.push(Repository { id, full_name, private, archived: false, readers });
    }

    /// Somebody reads the page at `address` and agrees; nobody (an empty login) cancels. What their browser is sent back with.
    pub fn agree(&self, address: &str, login: &str) -> Returned {
        sign_in::returned(&self.world, address, login)
    }

    /// From now on tokens run out, and come with one to renew them.
    pub fn expire_after(&self, seconds: u64) {
        self.world.state().expire_after = Some(seconds);
    }

    /// The person takes the app's rights away.
    pub fn revoke(&self, login: &str) {
        let mut state = self.world.state();
        state.tokens.retain(|_, owner| owner != login);
        state.refresh_tokens.retain(|_, owner| owner != login);
    }

    /// None: it is well again.
    pub fn fail(&self, fault: Option<Fault>) {
        self.world.state().fault = fault;
    }

    /// How often a token was renewed.
    pub fn renewals(&self) -> usize {
        self.world.state().renewals
    }

    /// Every secret that was given out so far, also those that are worth nothing any more.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = self.world.state().minted.clone();
        secrets.push(CLIENT_SECRET.into());
        secrets
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        self.task.abort();
    }
}
