//! Stories over HTTP and live sockets, told to a real server with a database of its own.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod access;
mod addresses;
mod attacks;
mod audit;
mod bounds;
mod canary;
mod deletion;
mod devices;
mod disk;
mod files;
mod github;
mod limits;
mod long;
mod pages;
mod picker;
mod postgres;
mod program;
mod rates;
mod refusals;
mod rights;
mod running;
mod scan;
mod setup;
mod sign_in;
mod sockets;
mod stage;
mod tab;
