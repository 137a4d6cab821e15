//! The program `slipway`: a table of contents.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a person reads this")]

use std::process::ExitCode;

use clap::Parser;
use slipway_server::{
    Config, Server, Signals, Unusable, allow_many_open_files, bind,
    cli::{Cli, Settings, Task},
    doctor::{self, State},
    rotate_key, telemetry,
};

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().task() {
        Task::Serve(settings) => match serve(&settings).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                eprintln!("{problem}");
                ExitCode::FAILURE
            }
        },
        Task::Doctor(settings) => examine(&settings).await,
        Task::RotateKey(settings) => match rotate_key(&settings).await {
            Ok(rotated) => {
                println!("{rotated} sealed anew; the old key is worth nothing now");
                ExitCode::SUCCESS
            }
            Err(problem) => {
                eprintln!("{problem}");
                ExitCode::FAILURE
            }
        },
    }
}

async fn serve(settings: &Settings) -> Result<(), Unusable> {
    telemetry::start(&settings.log, settings.log_format)?;
    allow_many_open_files();
    let config = Config::new(settings)?;
    let signals = Signals::listen()?;
    let listener = bind(&config).await?;
    let listening =
        listener.local_addr().map_err(|error| Unusable(format!("The socket is gone: {error}.")))?;
    let server = Server::start(&config, listening).await?;
    println!("slipway listening on http://{listening}");
    server.serve(listener, signals.first(config.on_exit)).await
}

async fn examine(settings: &Settings) -> ExitCode {
    let findings = doctor::examine(settings).await;
    for finding in &findings {
        println!("{finding}");
    }
    let sound = findings.iter().all(|finding| matches!(finding.state, State::Fine(_)));
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
