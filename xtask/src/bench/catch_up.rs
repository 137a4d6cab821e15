//! Somebody whose connection was gone for ten thousand tokens.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::{
    client::Person,
    crowd, median,
    socket::phase,
    stage::{Agent, Stage},
    table::Line,
};

const TIMES: usize = 9;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::Fake)?;
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let (session, mut socket) = crowd::gather(&person, 1).await?.remove(0);
    let mut away = person.follow(&session).await?;
    let snapshot = away.next().await?;
    let cursor = snapshot.pointer("/view/cursor").context("no cursor")?.clone();
    drop(away);

    person.send(&session, "Count.\n/words 10000").await?;
    let mut text = 0;
    socket.hear(|piece| text += piece.len()).await?;

    let (mut times, mut bytes) = (Vec::new(), 0);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let mut back = person.follow_from(&session, json!({ "cursor": cursor, "open": [] })).await?;
        let frame = back.next().await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(is_whole(&frame), "the first frame did not bring everything");
        bytes = back.bytes;
    }
    Ok(vec![
        Line::new("catching up with 10,000 tokens", median(&times), "ms").at_most(50.0),
        Line::new("bytes of it", bytes as f64 / 1000.0, "kB")
            .against("of text", text as f64 / 1000.0)
            .at_most((1.2 * text as f64 + 2000.0) / 1000.0),
    ])
}

/// The last word is in it, and the session is idle again.
fn is_whole(frame: &Value) -> bool {
    phase(frame) == Some("idle") && frame.to_string().contains("w10000")
}
