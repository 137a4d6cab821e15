//! One session that a thousand people look at.

use anyhow::Result;
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all};

use super::{
    client::Person,
    crowd, median,
    process::resident,
    quantile,
    stage::{Agent, Stage},
    stamps::Stamps,
    table::Line,
};

/// Half a minute: the moment in which a thousand pages hear that a turn begins is another question.
const TOKENS: usize = 1500;
const RATE: usize = 50;
/// Said so often, one after the other.
const TIMES: usize = 3;
/// Besides the one that began it.
const FOLLOWERS: usize = 1000;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::Fake)?;
    let server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let mut sockets = crowd::gather(&person, 1).await?;
    let session = sockets[0].0.clone();
    let script = format!("Count.\n/stamps {TOKENS} {RATE}");

    let mut alone = Stamps::default();
    person.send(&session, &script).await?;
    sockets[0].1.hear(|text| alone.hear(text)).await?;
    drop(sockets);

    let before = resident(server.id())?;
    let join = person.held(&session).await?;
    let opening = futures::stream::iter(0..FOLLOWERS).map(|_| person.follow_from(&session, join.clone()));
    let opening = opening.buffer_unordered(8);
    let mut sockets: Vec<_> = opening.try_collect().await?;
    let (mut slowest, mut heard) = (Vec::new(), 0);
    for _ in 0..TIMES {
        person.send(&session, &script).await?;
        // Each in a task of its own: one after the other they would wait for each other here.
        let hearing = sockets.into_iter().map(|mut socket| {
            tokio::spawn(async move {
                let mut stamps = Stamps::default();
                socket.hear(|text| stamps.hear(text)).await?;
                anyhow::Ok((socket, stamps.delays))
            })
        });
        let all = try_join_all(hearing).await?.into_iter().collect::<Result<Vec<_>>>()?;
        let delays: Vec<_>;
        (sockets, delays) = all.into_iter().unzip();
        let delays = delays.concat();
        slowest.push(quantile(&delays, 0.99));
        heard += delays.len();
    }
    let memory = resident(server.id())? - before;
    drop(sockets);

    let line = Line::new("delay of a token at 50/s, 1,000 sockets, p99", median(&slowest), "ms");
    let lost = (FOLLOWERS * TOKENS * TIMES) as f64 - heard as f64;
    Ok(vec![
        line.against("with 1 socket", quantile(&alone.delays, 0.99)).at_most(50.0),
        Line::new("tokens lost, 1,000 sockets", lost, "").at_most(0.0),
        Line::new("memory of the server for each socket", memory * 1000.0 / FOLLOWERS as f64, "kB")
            .at_most(20.0),
    ])
}
