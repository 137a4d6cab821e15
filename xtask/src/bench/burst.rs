//! Tokens faster than anybody reads: all at once, and a thousand a second.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::{
    bare::Bare,
    client::Person,
    crowd,
    stage::{Agent, Stage},
    table::Line,
};

pub(super) async fn measure() -> Result<Vec<Line>> {
    let stage = Stage::set(Agent::Fake)?;
    let mut lines = Vec::new();
    for (tokens, rate, called) in
        [(20_000, 0, "20,000 tokens at once"), (30_000, 1000, "1,000 tokens/s for 30 s")]
    {
        let script = format!("Count.\n/words {tokens} {rate}");
        let words: Vec<String> = (1..=tokens).map(|word| format!("w{word}")).collect();
        let expected = words.join(" ");
        let bare = bare(&stage, &script).await?;
        let ours = ours(&stage, &script).await?;
        let missing = expected.len().abs_diff(ours.text.trim_end().len());
        ensure!(missing > 0 || ours.text.trim_end() == expected, "the text is another one");
        lines.push(Line::new(format!("bytes of text lost, {called}"), missing as f64, "B").at_most(0.0));
        let line = Line::new(format!("bytes to the browser, {called}"), ours.bytes as f64 / 1000.0, "kB");
        lines.push(line.against("as events", bare.bytes as f64 / 1000.0).ratio_at_most(0.25));
        if rate == 0 {
            let line = Line::new(format!("through, {called}"), f64::from(tokens) / ours.seconds, "/s");
            lines.push(line.against("bare", f64::from(tokens) / bare.seconds).at_least(100_000.0));
        }
    }
    Ok(lines)
}

#[derive(Default)]
struct Way {
    text: String,
    bytes: usize,
    /// From the first piece to the last.
    seconds: f64,
}

async fn bare(stage: &Stage, script: &str) -> Result<Way> {
    let mut agent = Bare::start(stage, Agent::Fake, &stage.folder.join("repos/demo")).await?;
    let mut pieces = Pieces::default();
    agent.prompt(script, |text| pieces.hear(text)).await?;
    Ok(pieces.way(agent.bytes))
}

async fn ours(stage: &Stage, script: &str) -> Result<Way> {
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let mut sockets = crowd::gather(&person, 1).await?;
    let (session, socket) = &mut sockets[0];
    let (mut pieces, before) = (Pieces::default(), socket.bytes);
    person.send(session, script).await?;
    socket.hear(|text| pieces.hear(text)).await?;
    Ok(pieces.way(socket.bytes - before))
}

/// Text as it comes, and when.
#[derive(Default)]
struct Pieces {
    text: String,
    times: Option<(Instant, Instant)>,
}

impl Pieces {
    fn hear(&mut self, text: &str) {
        let now = Instant::now();
        self.times = Some((self.times.map_or(now, |(first, _)| first), now));
        self.text.push_str(text);
    }

    fn way(self, bytes: usize) -> Way {
        let seconds = self.times.map_or(f64::NAN, |(first, last)| (last - first).as_secs_f64());
        Way { text: self.text, bytes, seconds }
    }
}
