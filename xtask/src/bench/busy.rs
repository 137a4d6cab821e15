//! Pages while agents work the processors hard: whoever looks at Slipway comes before what is being built in it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::try_join_all;

use super::{
    client::{PATIENCE, Person},
    process::of_program,
    quantile,
    stage::{Agent, Stage},
    table::Line,
};

/// Sessions whose agents run a command of so many endless loops each: more than there are processors.
const SESSIONS: usize = 4;
const LOOPS: usize = 2;
/// How long the pages are asked for.
const TIME: Duration = Duration::from_secs(10);
/// How long the loops go on: until all have begun, and while the pages are asked for.
const LOOPS_LAST: Duration = Duration::from_secs(40);

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::OpenCode)?;
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let sessions = try_join_all((0..SESSIONS).map(async |_| {
        let session = person.create("demo", "Begin.\n/say Hello.").await?;
        person.follow(&session).await?.hear(|_| {}).await?;
        anyhow::Ok(session)
    }));
    let sessions = sessions.await?;
    let quiet = pages(&person).await?;
    let spin = format!("timeout {} sh -c 'while :; do :; done' &", LOOPS_LAST.as_secs());
    let command = format!("/bash {} wait", vec![spin; LOOPS].join(" "));
    for session in &sessions {
        person.send(session, &format!("Go on.\n{command}\n/say Done.")).await?;
    }
    let begun = Instant::now();
    let all_loop = || of_program("timeout").len() >= SESSIONS * LOOPS;
    while !all_loop() {
        ensure!(begun.elapsed() < PATIENCE, "the agents' commands do not run");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let busy = pages(&person).await?;
    ensure!(all_loop(), "the agents' commands ended before the pages were measured");
    let of = |called: &str, share: f64| {
        Line::new(
            format!("page of the list while agents use all processors, {called}"),
            quantile(&busy, share),
            "ms",
        )
        .against("while they rest", quantile(&quiet, share))
    };
    Ok(vec![of("p50", 0.5), of("p99", 0.99)])
}

/// Milliseconds that each page took, asked for one after the other as a person does, without the pauses.
async fn pages(person: &Person) -> Result<Vec<f64>> {
    let begun = Instant::now();
    let mut took = Vec::new();
    while begun.elapsed() < TIME {
        took.push(person.time_of_page("/sessions").await?);
    }
    Ok(took)
}
