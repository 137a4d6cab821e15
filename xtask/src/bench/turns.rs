//! Turns from prompt to idle, and how soon a message counts as sent, with both databases.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use serde_json::json;

use super::{
    client::Person,
    crowd,
    process::resident,
    quantile,
    stage::{Agent, Served, Stage},
    table::Line,
};
use crate::postgres::{Durability, Postgres};

/// Sessions that work at the same time.
const SESSIONS: usize = 16;
const TIME: Duration = Duration::from_secs(20);
/// Messages that are sent to sessions in which a turn runs: each is stored and queued.
const SENT: usize = 2000;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let postgres = Postgres::start(Durability::Durable)?;
    let mut lines = of("SQLite", Stage::set(Agent::Fake)?).await?;
    lines.extend(
        of("PostgreSQL", Stage::set(Agent::Fake)?.with("SLIPWAY_DATABASE_URL", postgres.url())).await?,
    );
    Ok(lines)
}

async fn of(database: &str, stage: Stage) -> Result<Vec<Line>> {
    let server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let (turns, growth) = turns(&person, &server).await?;
    let (rate, acknowledged) = sends(&person).await?;
    Ok(vec![
        Line::new(format!("turns from prompt to idle, {database}"), turns, "/s"),
        Line::new(format!("messages stored, {database}"), rate, "/s").at_least(500.0),
        Line::new(format!("\"send\" acknowledged, {database}, p99"), quantile(&acknowledged, 0.99), "ms")
            .at_most(20.0),
        Line::new(format!("memory of the server after these turns, {database}"), growth, "MB"),
    ])
}

/// Whole turns in a second, each with its checkpoints; and what the server's memory grew by.
async fn turns(person: &Person, server: &Served) -> Result<(f64, f64)> {
    let mut sockets = crowd::gather(person, SESSIONS).await?;
    let (before, begun) = (resident(server.id())?, Instant::now());
    let working = sockets.iter_mut().map(async |(session, socket)| {
        let mut turns = 0_u32;
        while begun.elapsed() < TIME {
            person.send(session, "/say Done.").await?;
            socket.hear(|_| {}).await?;
            turns += 1;
        }
        anyhow::Ok(turns)
    });
    let turns: u32 = try_join_all(working).await?.into_iter().sum();
    Ok((f64::from(turns) / begun.elapsed().as_secs_f64(), resident(server.id())? - before))
}

/// Messages stored in a second, and the milliseconds until each was acknowledged.
async fn sends(person: &Person) -> Result<(f64, Vec<f64>)> {
    let mut sessions = Vec::new();
    for (session, socket) in crowd::gather(person, SESSIONS).await? {
        person.send(&session, "/hold never").await?;
        sessions.push((session, socket));
    }
    let begun = Instant::now();
    let sending = sessions.iter().map(async |(session, _)| {
        let mut times = Vec::new();
        for _ in 0..SENT / SESSIONS {
            let sent = Instant::now();
            person.send(session, "And then this.").await?;
            times.push(sent.elapsed().as_secs_f64() * 1000.0);
        }
        anyhow::Ok(times)
    });
    let times: Vec<f64> = try_join_all(sending).await?.into_iter().flatten().collect();
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    for (session, _) in &sessions {
        person.submit(session, json!({ "command": "archive" })).await.context("could not be put away")?;
    }
    Ok((rate, times))
}
