//! Turns from prompt to idle, and how soon a message counts as sent, with both databases.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use serde_json::json;

use super::{
    client::Person,
    crowd, median,
    process::resident,
    quantile,
    socket::streamed,
    stage::{Agent, Served, Stage},
    table::Line,
};
use crate::postgres::{Durability, Postgres};

/// Sessions that work at the same time.
const SESSIONS: usize = 16;
const TIME: Duration = Duration::from_secs(20);
/// Messages that are sent to sessions in which a turn runs, as many as go: each is stored and queued.
const SENT: usize = 1000;
/// Messages in a second, where they come as people send them: whether those before were acknowledged or not.
const RATE: u32 = 500;
/// Messages at that rate, six seconds: of a thousand, one pause of twenty milliseconds would be the hundredth that p99 tells.
const SENT_AT_RATE: usize = 3000;
/// So often at each pace: a disk pauses now and then.
const TIMES: usize = 3;

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
    let sessions = busy(&person).await?;
    let (mut at_most, mut at_rate) = (Vec::new(), Vec::new());
    // Paced first: what is sent as fast as it goes is still being applied when it has been acknowledged.
    for (runs, sent, rate) in [(&mut at_rate, SENT_AT_RATE, Some(RATE)), (&mut at_most, SENT, None)] {
        for _ in 0..TIMES {
            runs.push(sends(&person, &sessions, sent, rate).await?);
        }
    }
    for session in &sessions {
        person.submit(session, json!({ "command": "archive" })).await.context("could not be put away")?;
    }
    Ok(vec![
        Line::new(format!("turns from prompt to idle, {database}"), turns, "/s"),
        Line::new(format!("messages stored, {database}"), of_all(&at_most, |sent| sent.per_second), "/s")
            .at_least(500.0),
        Line::new(
            format!("\"send\" acknowledged at {RATE}/s, {database}, p99"),
            of_all(&at_rate, |sent| sent.p99),
            "ms",
        )
        .against("p50", of_all(&at_rate, |sent| sent.p50))
        .at_most(20.0),
        Line::new(
            format!("the same, as many as go, {database}, p99"),
            of_all(&at_most, |sent| sent.p99),
            "ms",
        )
        .against("p50", of_all(&at_most, |sent| sent.p50)),
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

/// Sessions in which a turn runs that does not end, each followed by somebody. All have begun: a first prompt's record of the files
/// would take the processors from the messages that are measured.
async fn busy(person: &Person) -> Result<Vec<String>> {
    let begun = crowd::gather(person, SESSIONS).await?.into_iter().map(async |(session, mut socket)| {
        person.send(&session, "/say Begun.\n/hold never").await?;
        while streamed(&socket.text().await?).is_none() {}
        tokio::spawn(async move { while socket.text().await.is_ok() {} });
        anyhow::Ok(session)
    });
    try_join_all(begun).await
}

/// Messages that were stored.
struct Sent {
    per_second: f64,
    /// Milliseconds until one was acknowledged, from the moment at which it was to be sent.
    p50: f64,
    p99: f64,
}

fn of_all(runs: &[Sent], figure: impl Fn(&Sent) -> f64) -> f64 {
    median(&runs.iter().map(figure).collect::<Vec<_>>())
}

/// Each session sends its next one when the last was acknowledged, or, where so many are to come in a second, when it is time.
async fn sends(person: &Person, sessions: &[String], sent: usize, rate: Option<u32>) -> Result<Sent> {
    let begun = Instant::now();
    let sending = sessions.iter().enumerate().map(async |(place, session)| {
        let mut times = Vec::new();
        for number in 0..sent / SESSIONS {
            let mut due = Instant::now();
            if let Some(rate) = rate {
                due = begun + Duration::from_secs(1) * (number * SESSIONS + place) as u32 / rate;
                tokio::time::sleep_until(due.into()).await;
            }
            person.send(session, "And then this.").await?;
            times.push(due.elapsed().as_secs_f64() * 1000.0);
        }
        anyhow::Ok(times)
    });
    let times: Vec<f64> = try_join_all(sending).await?.into_iter().flatten().collect();
    let per_second = times.len() as f64 / begun.elapsed().as_secs_f64();
    Ok(Sent { per_second, p50: quantile(&times, 0.5), p99: quantile(&times, 0.99) })
}
