//! What Slipway adds to each token, with one session and with many streaming, and the bytes that a token takes.

use anyhow::Result;
use futures::future::try_join_all;

use super::{
    bare::Bare,
    client::Person,
    crowd, median, quantile,
    socket::Socket,
    stage::{Agent, Stage},
    stamps::{Stamps, while_all_spoke},
    table::Line,
};

/// Tokens of each session, and how many come in a second: ten seconds.
const TOKENS: usize = 500;
const RATE: usize = 50;
/// One pause of the machine in ten seconds is the p99 of a hundred sessions: the median of so many runs is told.
const ROUNDS: usize = 3;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::Fake)?;
    let mut lines = Vec::new();
    for sessions in [1, 100] {
        let (mut without, mut with) = (Rounds::default(), Rounds::default());
        for _ in 0..ROUNDS {
            without.0.push(bare(&stage, sessions).await?);
            with.0.push(ours(&stage, sessions).await?);
        }
        let many = if sessions == 1 { "1 session".into() } else { format!("{sessions} sessions") };
        for (share, called, most) in [(0.5, "p50", 1.0), (0.99, "p99", 5.0)] {
            let (delay, alone) = (with.delay(share), without.delay(share));
            lines.push(
                Line::new(format!("delay of a token at 50/s, {many}, {called}"), delay, "ms")
                    .against("bare", alone),
            );
            lines.push(
                Line::new(format!("added to a token at 50/s, {many}, {called}"), delay - alone, "ms")
                    .at_most(most),
            );
        }
        let (per_token, of_events) = (with.bytes_per_token(), without.bytes_per_token());
        let line = Line::new(format!("bytes for a token at 50/s, {many}"), per_token, "B");
        lines.push(line.against("as events", of_events).at_most(60.0));
        let lost = (ROUNDS * sessions * TOKENS) as f64 - with.arrived() as f64;
        lines.push(Line::new(format!("tokens lost, {many}"), lost, "").at_most(0.0));
    }
    Ok(lines)
}

struct Way {
    delays: Vec<f64>,
    arrived: usize,
    bytes: usize,
}

/// The same again and again.
#[derive(Default)]
struct Rounds(Vec<Way>);

impl Rounds {
    /// The round in the middle, by this share of its tokens.
    fn delay(&self, share: f64) -> f64 {
        let delays: Vec<_> = self.0.iter().map(|way| quantile(&way.delays, share)).collect();
        median(&delays)
    }

    fn arrived(&self) -> usize {
        self.0.iter().map(|way| way.arrived).sum()
    }

    fn bytes_per_token(&self) -> f64 {
        let bytes: usize = self.0.iter().map(|way| way.bytes).sum();
        bytes as f64 / self.arrived() as f64
    }
}

fn script() -> String {
    format!("Count.\n/stamps {TOKENS} {RATE}")
}

async fn bare(stage: &Stage, sessions: usize) -> Result<Way> {
    let mut agents = Vec::new();
    for _ in 0..sessions {
        agents.push(Bare::start(stage, Agent::Fake, &stage.folder.join("repos/demo")).await?);
    }
    let heard = agents.iter_mut().map(async |agent| {
        let mut stamps = Stamps::default();
        agent.prompt(&script(), |text| stamps.hear(text)).await?;
        anyhow::Ok((stamps, agent.bytes))
    });
    Ok(together(try_join_all(heard).await?))
}

async fn ours(stage: &Stage, sessions: usize) -> Result<Way> {
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let mut sockets = crowd::gather(&person, sessions).await?;
    let heard = sockets.iter_mut().map(async |(session, socket): &mut (String, Socket)| {
        let (mut stamps, before) = (Stamps::default(), socket.bytes);
        person.send(session, &script()).await?;
        socket.hear(|text| stamps.hear(text)).await?;
        anyhow::Ok((stamps, socket.bytes - before))
    });
    Ok(together(try_join_all(heard).await?))
}

fn together(heard: Vec<(Stamps, usize)>) -> Way {
    let (stamps, bytes): (Vec<Stamps>, Vec<usize>) = heard.into_iter().unzip();
    let arrived = stamps.iter().map(|stamps| stamps.delays.len()).sum();
    Way { delays: while_all_spoke(&stamps), arrived, bytes: bytes.into_iter().sum() }
}
