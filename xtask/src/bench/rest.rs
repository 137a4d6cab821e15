//! A server at rest: how soon it answers, what it holds in memory, and its list, with an empty store and with a full one.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{
    client::Person,
    fill::Filled,
    median,
    process::resident,
    stage::{Agent, Served, Stage},
    table::Line,
};

const STARTS: usize = 9;
/// Servers whose memory is looked at, since it differs from start to start.
const RESTS: usize = 3;
/// What a start leaves behind has come to rest by then.
const TO_REST: Duration = Duration::from_secs(5);
const PAGES: usize = 50;
/// Copies of a session with 100 parts.
const SESSIONS: usize = 10_000;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let empty = rest(&Stage::set(Agent::Fake)?).await?;
    let filled = Filled::with_turns(5).await?;
    filled.copy_session(SESSIONS)?;
    let full = rest(&filled.stage).await?;
    let of = "with an empty store";
    Ok(vec![
        Line::new("start to first answer, 10,000 sessions", full.start, "ms")
            .against(of, empty.start)
            .at_most(300.0),
        Line::new("memory at rest, 10,000 sessions", full.memory, "MB")
            .against(of, empty.memory)
            .at_most(40.0),
        Line::new("page of the list, 10,000 sessions", full.list, "ms").against(of, empty.list).at_most(10.0),
        Line::new("memory after the list was looked at", full.memory_after, "MB")
            .against(of, empty.memory_after),
    ])
}

struct Rest {
    start: f64,
    memory: f64,
    list: f64,
    memory_after: f64,
}

async fn rest(stage: &Stage) -> Result<Rest> {
    let data = stage.folder.join("data");
    // The first start makes the store.
    start(stage, &data).await?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start(stage, &data).await?);
    }
    let mut memories = Vec::new();
    for _ in 1..RESTS {
        memories.push(at_rest(&stage.slipway()?).await?);
    }
    let server = stage.slipway()?;
    memories.push(at_rest(&server).await?);
    let person = Person::sign_in(&stage.origin()).await?;
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        pages.push(person.time_of_page("/sessions").await?);
    }
    let memory_after = resident(server.id())?;
    Ok(Rest { start: median(&starts), memory: median(&memories), list: median(&pages), memory_after })
}

async fn at_rest(server: &Served) -> Result<f64> {
    tokio::time::sleep(TO_REST).await;
    resident(server.id())
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
