//! The fake agent as a program: takes the arguments that OpenCode gets, and says that it is ready as OpenCode does.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Parser, Subcommand};
use slipway_test_support::{
    FakeAgent,
    fake_agent::{Options, VERSION, control},
};

#[derive(Parser)]
#[command(version = VERSION, about = "Speaks OpenCode's HTTP; see crates/test-support/README.md.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve {
        #[arg(long, default_value = "127.0.0.1")]
        hostname: String,
        #[arg(long, default_value_t = 4096)]
        port: u16,
    },
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "who starts it waits for this line")]
async fn main() -> anyhow::Result<()> {
    let Arguments { command: Command::Serve { hostname, port } } = Arguments::parse();
    anyhow::ensure!(hostname == "127.0.0.1", "the fake agent listens on 127.0.0.1 only");
    let password = env::var("OPENCODE_SERVER_PASSWORD").ok();
    let held = env::var_os(control::HELD).is_some();
    let asks = env::var_os(control::ASKS).is_some();
    let record = env::var_os(control::RECORD).map(PathBuf::from);
    let memory = env::var_os(control::REMEMBERS)
        .and_then(|_| env::var_os("XDG_DATA_HOME"))
        .map(|folder| PathBuf::from(folder).join("fake-agent.json"));
    let configuration = env::var("OPENCODE_CONFIG_CONTENT").ok();
    let configuration = configuration.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let options = Options { port, password, held, asks, memory, record, configuration };
    let agent = Arc::new(FakeAgent::start(options).await?);
    // Whoever reads that it listens may take its reins at once.
    let reins = env::var_os(control::SOCKET).map(|socket| control::listen(Path::new(&socket))).transpose()?;
    println!("opencode server listening on {}", agent.url());
    match reins {
        Some(reins) => control::serve(agent, reins).await?,
        None => std::future::pending().await,
    }
    Ok(())
}
