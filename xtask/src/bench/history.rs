//! A long conversation: its first page, what lies before, and search, compared with a short one.

use anyhow::Result;
use serde_json::json;

use super::{client::Person, fill::Filled, median, stage::Served, table::Line};

/// Of each of both.
const TIMES: usize = 100;
/// Messages of the session that really happens, and how often it is said again: 100 and 5,000 messages. A shorter one
/// has no whole page before its first.
const TURNS: usize = 5;
const SHORT: usize = 9;
const LONG: usize = 499;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let conversations = [Conversation::of(SHORT).await?, Conversation::of(LONG).await?];
    let mut times = [Times::default(), Times::default()];
    // In turns: what the machine does meanwhile concerns both.
    for _ in 0..TIMES {
        for (conversation, times) in conversations.iter().zip(&mut times) {
            conversation.ask(times).await?;
        }
    }
    let [short, long] = times;
    let line = |what: &str, long: &[f64], short: &[f64]| {
        [
            Line::new(format!("{what}, 5,000 messages"), median(long), "ms").at_most(30.0),
            Line::new(format!("{what}, against 100 messages"), median(long), "ms")
                .against("with 100", median(short))
                .ratio_at_most(1.5),
        ]
    };
    Ok([
        line("first page of a session", &long.first, &short.first),
        line("an earlier page", &long.earlier, &short.earlier),
        line("search for a word", &long.search, &short.search),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// Milliseconds, of each time.
#[derive(Default)]
struct Times {
    first: Vec<f64>,
    earlier: Vec<f64>,
    search: Vec<f64>,
}

/// One session on a server of its own.
struct Conversation {
    // Ends before its folder goes.
    _server: Served,
    person: Person,
    filled: Filled,
}

impl Conversation {
    async fn of(copies: usize) -> Result<Self> {
        let filled = Filled::with_turns(TURNS).await?;
        filled.repeat_conversation(copies)?;
        let server = filled.stage.slipway()?;
        let person = Person::sign_in(&filled.stage.origin()).await?;
        Ok(Self { _server: server, person, filled })
    }

    async fn ask(&self, times: &mut Times) -> Result<()> {
        let session = &self.filled.session;
        times.first.push(self.person.time_of_page(&format!("/sessions/{session}")).await?);
        let before = json!({ "session": session, "before": -1000 });
        times.earlier.push(self.person.time_of_call("sessions/older", before).await?);
        let query = json!({ "query": "around", "before": null });
        times.search.push(self.person.time_of_call("sessions/search", query).await?);
        Ok(())
    }
}
