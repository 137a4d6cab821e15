//! Following the server: a socket that comes back by itself, and what it carries.

pub mod known;
pub mod list;
pub mod retry;
pub mod session;
pub mod socket;
