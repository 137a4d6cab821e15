//! From start to ready, and memory at rest.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::{
    Figure, quantile,
    stage::{Served, Stage},
};

const STARTS: usize = 10;

pub(super) async fn measure() -> Result<Vec<Figure>> {
    let stage = Stage::set()?;
    let mut fresh = Vec::new();
    let mut again = Vec::new();
    for round in 0..STARTS {
        let data = stage.folder.join(format!("data-{round}"));
        fresh.push(start(&stage, &data).await?);
        again.push(start(&stage, &data).await?);
    }
    let server = stage.slipway()?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let memory = resident(server.id())?;
    Ok(vec![
        Figure::new("start to first answer, empty data folder, median", quantile(&fresh, 0.5), "ms"),
        Figure::new("start to first answer, later, median", quantile(&again, 0.5), "ms"),
        Figure::new("start to first answer, later, slowest", quantile(&again, 1.0), "ms"),
        Figure::new("server's memory at rest", memory, "MB"),
    ])
}

/// Milliseconds from the start of the process to the answer of `/healthz`.
async fn start(stage: &Stage, data: &std::path::Path) -> Result<f64> {
    let mut command = stage.command(data)?;
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let begun = Instant::now();
    let server = Served::start(&mut command)?;
    client.get(format!("{}/healthz", server.address)).send().await?.error_for_status()?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// What the process holds in memory, in megabytes.
fn resident(process: u32) -> Result<f64> {
    let status =
        std::fs::read_to_string(format!("/proc/{process}/status")).context("memory is read from /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0 / 1e6)
}
