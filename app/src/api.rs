//! Server functions: who is asking, one call of the engine, the error mapped. One file per domain.

pub mod commands;
pub mod creation;
pub mod problem;
pub mod publishing;
pub mod sessions;

use leptos::server_fn::ServerFn;

pub use commands::{MessageForm, SendMessage, send_message, submit};
pub use creation::{
    CreateFromForm, ModelChoice, StartForm, StartPage, branches, create_from_form, create_session,
    load_start, models,
};
pub use problem::Problem;
pub use publishing::{ask_to_fix, draft_publishing, pull_request};
pub use sessions::{
    SessionList, get_session, list_sessions, load_newer, load_older, mark_seen, part_text, search,
};

/// Where the plain forms go.
pub const SEND_MESSAGE: &str = <SendMessage as ServerFn>::PATH;
pub const CREATE_FROM_FORM: &str = <CreateFromForm as ServerFn>::PATH;
