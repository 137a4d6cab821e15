//! Many sessions streaming at once: what a token takes of the processor, and whether all arrive.

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all};

use super::{
    client::Person,
    process::processor,
    socket::Socket,
    stage::{Agent, Stage},
    stamps::Stamps,
    table::Line,
};

/// Tokens of each session, and how many come in a second: ten seconds.
const TOKENS: usize = 200;
const RATE: usize = 20;
/// Agents that start at the same time.
const STARTS: usize = 4;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::Fake)?;
    let mut lines = Vec::new();
    let mut alone = None;
    for sessions in [1, 10, 100, 500] {
        let (took, lost) = stream(&stage, sessions).await?;
        let line = Line::new(format!("processor for a token at 20/s, {sessions} sessions"), took, "us");
        lines.push(match alone {
            None => line,
            Some(alone) => line.against("with 1 session", alone).ratio_at_most(1.2),
        });
        alone = alone.or(Some(took));
        lines.push(Line::new(format!("tokens lost, {sessions} sessions"), lost, "").at_most(0.0));
    }
    Ok(lines)
}

/// Sessions whose agents are awake and idle, each with somebody who follows it.
pub(super) async fn gather(person: &Person, sessions: usize) -> Result<Vec<(String, Socket)>> {
    let begun = futures::stream::iter(0..sessions).map(async |_| {
        let session = person.create("demo", "Hello.").await?;
        person.follow(&session).await?.until("idle").await?;
        anyhow::Ok(session)
    });
    let begun: Vec<_> = begun.buffer_unordered(STARTS).try_collect().await?;
    // Followed when all are there: who answers no ping for long is let go.
    let followed = begun.into_iter().map(async |session| {
        let socket = person.follow(&session).await?;
        anyhow::Ok((session, socket))
    });
    try_join_all(followed).await
}

/// Microseconds of the server's processor for each token, and how many did not arrive.
async fn stream(stage: &Stage, sessions: usize) -> Result<(f64, f64)> {
    let server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let (begun, sockets): (Vec<_>, Vec<_>) = gather(&person, sessions).await?.into_iter().unzip();
    // Heard from the start: who answers no ping for long, or falls too far behind, is let go.
    let heard = sockets.into_iter().map(async |mut socket| {
        let mut stamps = Stamps::default();
        socket.hear(|text| stamps.hear(text)).await?;
        anyhow::Ok(stamps.delays.len())
    });
    let asked = async {
        for session in &begun {
            person.send(session, &format!("Count.\n/stamps {TOKENS} {RATE}")).await?;
        }
        Ok(())
    };
    let before = processor(server.id())?;
    let (arrived, ()) = futures::future::try_join(try_join_all(heard), asked).await?;
    let arrived: usize = arrived.into_iter().sum();
    let took = processor(server.id())? - before;
    Ok((took * 1e6 / arrived as f64, (sessions * TOKENS) as f64 - arrived as f64))
}
