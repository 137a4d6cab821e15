//! The scripted model as a program, for browser tests and for trying things by hand.

use clap::Parser;
use slipway_test_support::{ScriptedModel, scripted_model::KEY};

#[derive(Parser)]
#[command(about = "A model that answers as the prompt's script says; see crates/test-support/README.md.")]
struct Options {
    /// Port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 4101)]
    port: u16,
    /// The only key it accepts.
    #[arg(long, default_value = KEY)]
    key: String,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "who starts it waits for this line")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let model = ScriptedModel::start_on(options.port, &options.key).await?;
    println!("scripted model listening on {}", model.url());
    model.wait().await;
    Ok(())
}
