//! `cargo xtask fuzz`: input of hostile making for what reads an agent's, a model's or a stranger's words. No gate: it runs as long
//! as it is told, each target by itself, and stops at the first finding.

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    command::{cargo, must, output, root, target},
    tools,
};

#[derive(Args)]
pub(crate) struct Options {
    /// How long each target runs, in seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
    /// Only these.
    targets: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if !tools::has_cargo("fuzz") {
        bail!("please run: cargo install cargo-fuzz --locked");
    }
    let all = output(&mut fuzz(&["list"]))?;
    if let Some(unknown) = options.targets.iter().find(|one| all.lines().all(|name| name != one.as_str())) {
        bail!("there is no target {unknown}; there are: {}", all.lines().collect::<Vec<_>>().join(", "));
    }
    for name in
        all.lines().filter(|name| options.targets.is_empty() || options.targets.iter().any(|one| one == name))
    {
        // What was found in earlier runs goes first; the seeds are ours and stay as they are.
        let (corpus, seeds) = (target().join("fuzz/corpus").join(name), root().join("fuzz/seeds").join(name));
        std::fs::create_dir_all(&corpus)?;
        let mut run = fuzz(&["run", name, "--target-dir"]);
        run.arg(target().join("fuzz")).arg(&corpus).arg(&seeds);
        must(run.args(["--", "-print_final_stats=1", &format!("-max_total_time={}", options.seconds)]))?;
    }
    Ok(())
}

/// cargo-fuzz asks for what only nightly compilers take; the pinned one takes it too when it is told so.
fn fuzz(arguments: &[&str]) -> std::process::Command {
    let mut fuzz = cargo(&[&["fuzz"], arguments].concat());
    fuzz.env("RUSTC_BOOTSTRAP", "1").current_dir(root().join("fuzz"));
    fuzz
}
