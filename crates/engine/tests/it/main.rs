//! Stories of the engine: the real store, the real keeper, and a fake agent whose words are the story's.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod access;
mod accounts;
mod archive;
mod base;
mod damage;
mod drafts;
mod fencing;
mod fetching;
mod limits;
mod parts;
mod providers;
mod publishing;
mod pull_requests;
mod queue;
mod requests;
mod review;
mod session;
mod shelf;
mod sleep;
mod spending;
mod stage;
mod start;
mod trust;
mod undo;
