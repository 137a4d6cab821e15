//! From a prompt to its first word, and the delay of each word after that: with Slipway between, and without.
//!
//! The scripted model sends words that are the time at which they were sent, so the delay of each is known where it
//! arrives.

use anyhow::Result;
use serde_json::Value;

use super::{
    Figure,
    client::{Person, Socket, phase},
    micros,
    opencode::Bare,
    quantile,
    stage::Stage,
};

/// Prompts of which the first word is waited for.
const PROMPTS: usize = 15;

/// Words of the long answer: ten seconds.
const WORDS: usize = 500;

/// Words a second.
const RATE: usize = 50;

/// Words enough that the first is not the last.
const SHORT: &str = "Begin.\n/stamps 5 50";

/// What was measured of one way.
#[derive(Default)]
struct Way {
    /// Milliseconds from sending a prompt to its first word.
    first: Vec<f64>,
    /// Milliseconds from the model to us, word by word.
    delay: Vec<f64>,
}

pub(super) async fn measure() -> Result<Vec<Figure>> {
    let stage = Stage::set()?;
    let bare = bare(&stage).await?;
    let slipway = slipway(&stage).await?;
    let mut figures = Vec::new();
    for (name, values, without) in [
        ("prompt to first word", &slipway.first, &bare.first),
        ("delay of a word at 50/s", &slipway.delay, &bare.delay),
    ] {
        for (share, called) in [(0.5, "median"), (0.95, "95 %")] {
            let (with, without) = (quantile(values, share), quantile(without, share));
            figures.push(Figure::new(format!("{name}, {called}"), with, "ms"));
            figures.push(Figure::new(format!("{name}, {called}, OpenCode alone"), without, "ms"));
            figures.push(Figure::new(format!("{name}, {called}, ours"), with - without, "ms"));
        }
    }
    Ok(figures)
}

async fn bare(stage: &Stage) -> Result<Way> {
    let opencode = Bare::start(stage).await?;
    let mut way = Way::default();
    // The first prompt of a folder is slow and says nothing of the others.
    opencode.prompt("Hello.", |_| {}).await?;
    for _ in 0..PROMPTS {
        let sent = micros();
        let mut first = None;
        opencode.prompt(SHORT, |_| first = first.or(Some(micros()))).await?;
        way.first.extend(first.map(|first| (first - sent) / 1000.0));
    }
    let mut stamps = Stamps::default();
    opencode.prompt(&long(), |text| stamps.hear(text)).await?;
    way.delay = stamps.delays;
    Ok(way)
}

async fn slipway(stage: &Stage) -> Result<Way> {
    let server = stage.slipway()?;
    let mut person = Person::sign_in(&stage.origin()).await?;
    let session = person.create("Hello.").await?;
    let mut socket = person.follow(&session).await?;
    socket.idle().await?;
    let mut way = Way::default();
    for _ in 0..PROMPTS {
        let sent = micros();
        person.send(&session, SHORT).await?;
        let mut first = None;
        hear(&mut socket, |_| first = first.or(Some(micros()))).await?;
        way.first.extend(first.map(|first| (first - sent) / 1000.0));
    }
    let mut stamps = Stamps::default();
    person.send(&session, &long()).await?;
    hear(&mut socket, |text| stamps.hear(text)).await?;
    way.delay = stamps.delays;
    drop(server);
    Ok(way)
}

fn long() -> String {
    format!("Count.\n/stamps {WORDS} {RATE}")
}

/// Hands each piece of streamed text to `heard`, until the turn has begun and ended.
async fn hear(socket: &mut Socket, mut heard: impl FnMut(&str)) -> Result<()> {
    let mut any = false;
    loop {
        let frame = socket.next().await?;
        if frame.get("frame").and_then(Value::as_str) == Some("delta") {
            any = true;
            heard(frame.get("text").and_then(Value::as_str).unwrap_or_default());
        }
        if any && phase(&frame) == Some("idle") {
            return Ok(());
        }
    }
}

/// Reads times out of text that arrives in pieces.
#[derive(Default)]
struct Stamps {
    unfinished: String,
    delays: Vec<f64>,
}

impl Stamps {
    fn hear(&mut self, text: &str) {
        let now = micros();
        for char in text.chars() {
            if char.is_ascii_digit() {
                self.unfinished.push(char);
            } else {
                self.unfinished.clear();
            }
            // Sixteen digits until the year 2286.
            if self.unfinished.len() == 16 {
                self.delays.extend(self.unfinished.parse().ok().map(|stamp: f64| (now - stamp) / 1000.0));
                self.unfinished.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_in_pieces_of_text() {
        let mut stamps = Stamps::default();
        let now = micros() as u64;
        let text = format!("{now} {now}");
        stamps.hear(&text[..10]);
        stamps.hear(&text[10..20]);
        stamps.hear(&text[20..]);
        assert_eq!(stamps.delays.len(), 2);
        assert!(stamps.delays.iter().all(|delay| (0.0..1000.0).contains(delay)));
    }
}
