//! Stories over HTTP and live sockets, told to a real server with a database of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod addresses;
mod program;
mod sign_in;
mod sockets;
mod stage;
