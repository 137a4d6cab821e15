//! Slipway in a real browser, driven by `end2end/bench`: the first load of a session's page beside OpenCode's own, and a
//! long session that streams.

use std::collections::HashMap;

use anyhow::{Context as _, Result};

use super::{
    bare::Bare,
    client::Person,
    fill::Filled,
    stage::{Agent, Stage},
    table::Line,
};
use crate::{
    command::{must, program, root},
    tools,
};

/// 50 messages that happened, 100 times: 5,000.
const TURNS: usize = 25;
const COPIES: usize = 99;

type Figures = HashMap<String, f64>;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let (own, theirs) = first_loads().await?;
    let long = long_session().await?;
    let of = "OpenCode's own";
    let figure = |figures: &Figures, name: &str| figures.get(name).copied().unwrap_or(f64::NAN);
    let load = |what: &str, name: &str, unit: &str| {
        Line::new(what, figure(&own, name), unit).against(of, figure(&theirs, name))
    };
    Ok(vec![
        load("first load of a session: bytes with everything", "kilobytes", "kB").at_most(300.0),
        load("first load of a session: first paint", "paint", "ms").ratio_at_most(0.3),
        load("first load of a session: usable", "usable", "ms").ratio_at_most(0.5),
        Line::new("5,000 messages, 200 tokens/s: longest task", figure(&long, "longest"), "ms").at_most(50.0),
        Line::new("5,000 messages, 200 tokens/s: main thread busy", figure(&long, "busy"), "%")
            .against("idle page", figure(&long, "idle"))
            .at_most(20.0),
        Line::new("5,000 messages: heap after the stream", figure(&long, "heapAfter"), "MB")
            .against("before", figure(&long, "heapBefore"))
            .ratio_at_most(1.1),
        Line::new("the same in one paragraph: longest task", figure(&long, "endlessLongest"), "ms"),
        Line::new("the same in one paragraph: main thread busy", figure(&long, "endlessBusy"), "%")
            .against("idle page", figure(&long, "idle")),
    ])
}

/// Ours and OpenCode's, of the same short conversation.
async fn first_loads() -> Result<(Figures, Figures)> {
    let stage = Stage::set(Agent::OpenCode)?;
    let folder = stage.folder.join("repos/demo");
    let mut bare = Bare::start(&stage, Agent::OpenCode, &folder).await?;
    bare.prompt("Hello.\n/say Hello, here I am.", |_| {}).await?;
    let theirs = drive(&stage, "first-load", &bare.page(&folder), "").await?;
    drop(bare);
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let session = person.create("demo", "Hello.\n/say Hello, here I am.").await?;
    person.follow(&session).await?.hear(|_| {}).await?;
    let own = drive(&stage, "first-load", &format!("{}/sessions/{session}", stage.origin()), person.cookie())
        .await?;
    Ok((own, theirs))
}

async fn long_session() -> Result<Figures> {
    let filled = Filled::with_turns(TURNS).await?;
    filled.repeat_conversation(COPIES)?;
    let stage = &filled.stage;
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let address = format!("{}/sessions/{}", stage.origin(), filled.session);
    drive(stage, "long-session", &address, person.cookie()).await
}

/// Runs one script of `end2end/bench` and reads the figures that it leaves.
async fn drive(stage: &Stage, script: &str, address: &str, cookie: &str) -> Result<Figures> {
    let figures = stage.folder.join(format!("{script}.json"));
    let mut playwright = program("npx");
    playwright.args(["--no-install", "playwright", "test", "--config=bench.config.ts", script]);
    playwright.current_dir(root().join("end2end"));
    playwright.env("BENCH_ADDRESS", address).env("BENCH_COOKIE", cookie).env("BENCH_FIGURES", &figures);
    playwright.env("CHROMIUM", tools::chromium().context("Chromium is not installed")?);
    tokio::task::spawn_blocking(move || must(&mut playwright)).await??;
    let text = std::fs::read_to_string(&figures).context("the browser left no figures")?;
    Ok(serde_json::from_str(&text)?)
}
