//! `slipway-keeper`, two roles of one small program.
//!
//! *keep* stands beside an awake agent, detached from the server: it starts the agent, numbers and keeps its events
//! until they are stored, carries calls to it, and is its way to the model providers. *init* stands above whatever runs:
//! it takes in what is orphaned, and when it ends nothing of it is left. Where there are walls it stands on both sides of
//! them: outside it puts them up, inside it is process 1 and the keeper's *door*.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

mod door;
mod init;
mod keep;
mod reap;

const USAGE: &str = "usage: slipway-keeper keep RUNTIME_DIR   (a launch spec as JSON on standard input)
       slipway-keeper init [--parent PID] [--grace-ms N] [--walls JSON] [--groups JSON] [--door PORT,...] -- PROGRAM [ARGUMENT...]";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let role = arguments.next().unwrap_or_default();
    let rest: Vec<OsString> = arguments.collect();
    match (role.to_str(), rest.as_slice()) {
        (Some("keep"), [runtime]) => keep::main(&PathBuf::from(runtime)),
        (Some("init"), order) => match init::Order::read(order) {
            Some(order) => init::main(&order),
            None => usage(),
        },
        _ => usage(),
    }
}

#[expect(clippy::print_stderr, reason = "a person is told how to call it")]
fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}
