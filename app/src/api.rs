//! Server functions: who is asking, one call of the engine, the error mapped. One file per domain.

pub mod account;
pub mod audit;
pub mod commands;
pub mod creation;
pub mod drafts;
pub mod preferences;
pub mod problem;
pub mod providers;
pub mod publishing;
pub mod review;
pub mod sessions;
pub mod setup;
pub mod trust;

use leptos::server_fn::ServerFn;

pub use account::{AccountPage, Owned, SignedInDevice, load_account};
pub use audit::load_audit;
pub use commands::{MessageForm, SendMessage, StopTurn, send_message, stop_turn, submit};
pub use creation::{
    CreateFromForm, ModelChoice, StartForm, StartPage, branches, create_from_form, create_session,
    find_repositories, load_start, models,
};
pub use drafts::{find_files, load_draft, save_draft};
pub use preferences::save_preferences;
pub use problem::Problem;
pub use providers::{add_provider, list_providers, remove_provider, test_provider};
pub use publishing::{ask_to_fix, draft_publishing, pull_request};
pub use review::{load_file, load_review, put_comment, remove_comments, send_comments, set_viewed};
pub use sessions::{
    SessionList, behind, get_session, list_sessions, load_newer, load_older, mark_seen, part_text, search,
};
pub use setup::{SetupFacts, load_setup};
pub use trust::{DecideTrustByForm, TrustForm, decide_trust, decide_trust_by_form, load_trust};

/// Where the plain forms go.
pub const SEND_MESSAGE: &str = <SendMessage as ServerFn>::PATH;
pub const STOP_TURN: &str = <StopTurn as ServerFn>::PATH;
pub const DECIDE_TRUST: &str = <DecideTrustByForm as ServerFn>::PATH;
pub const CREATE_FROM_FORM: &str = <CreateFromForm as ServerFn>::PATH;
