//! GitHub: signing in with it, and its API as the person who signed in.
//!
//! Invariant: no token is in an address, a log line or the debug output of anything here.
//! Invariant: a request that changes something is sent once. Only reading is tried again.

mod api;
mod checks;
mod client;
mod error;
mod listing;
mod look;
mod page;
mod pulls;
mod route;
mod sign_in;

pub use api::{Account, Api, Repository, Rights};
pub use checks::{Annotation, CheckRun, CheckRuns, Output, Status, Statuses};
pub use error::GitHubError;
pub use listing::Listing;
pub use look::Seen;
pub use pulls::{LineComment, NewPullRequest, PullRequest, Review, Side};
pub use sign_in::{App, Begun, SignIn, Token, Tokens};

/// Where GitHub is: github.com, an Enterprise server, or a stage of tests.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Its pages, such as `https://github.com`; without a slash at the end.
    pub web: String,
    /// Its API, such as `https://api.github.com`; without a slash at the end.
    pub api: String,
    /// Its repositories: usually those of the pages.
    pub git: String,
}
