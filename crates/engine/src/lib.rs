//! The use cases of Slipway, and the supervisor of a session.
//!
//! Whoever speaks for a person (a page, a socket) calls [`Engine`]; it checks who may do it, reads rows, and stores
//! commands. Everything that changes a session is done by that session's supervisor, one task while it is awake.
//!
//! Invariant: only the supervisor that holds a session's lease writes the session.
//! Invariant: a command is stored before it is acknowledged; a change is stored before it is broadcast.

mod access;
mod accounts;
mod archive;
mod audit;
mod base;
mod clock;
mod devices;
mod drafts;
mod engine;
mod error;
pub mod fault;
mod follow;
mod id;
mod limits;
mod list;
mod mirrors;
mod models;
mod naming;
mod owner;
mod picker;
mod preferences;
mod providers;
mod publishing;
mod reading;
mod repositories;
mod review;
mod scrub;
mod session;
mod sessions;
mod settings;
mod setup;
mod spending;
mod trust;
mod vault;

pub use access::AccessTimes;
pub use accounts::{Accounts, Allow};
pub use archive::Archive;
pub use engine::{Engine, Parts, is_local};
pub use error::Error;
pub use follow::Follower;
pub use id::random as random_id;
pub use limits::{Bytes, Limits};
pub use list::ListFollower;
pub use repositories::{
    GitHubRepositories, Listed, LocalRepositories, Origin, Repositories, RepositorySource,
};
pub use scrub::without_secrets;
pub use session::OnExit;
pub use settings::Settings;
pub use setup::{Registration, Surroundings, keep_registration, kept_registration};
pub use slipway_store::Device;
pub use spending::DailyLimits;
pub use vault::{SecretKey, Vault};
