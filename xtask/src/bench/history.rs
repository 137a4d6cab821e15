//! A long conversation: its first page, what lies before, and search, compared with a short one.

use anyhow::Result;
use serde_json::json;

use super::{client::Person, fill::Filled, median, table::Line};

const TIMES: usize = 40;
/// Messages of the session that really happens, and how often it is said again: 100 and 5,000 messages. A shorter one
/// has no whole page before its first.
const TURNS: usize = 5;
const SHORT: usize = 9;
const LONG: usize = 499;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let short = conversation(SHORT).await?;
    let long = conversation(LONG).await?;
    let line = |what: &str, long, short| {
        [
            Line::new(format!("{what}, 5,000 messages"), long, "ms").at_most(30.0),
            Line::new(format!("{what}, against 100 messages"), long, "ms")
                .against("with 100", short)
                .ratio_at_most(1.5),
        ]
    };
    Ok([
        line("first page of a session", long.first, short.first),
        line("an earlier page", long.earlier, short.earlier),
        line("search for a word", long.search, short.search),
    ]
    .into_iter()
    .flatten()
    .collect())
}

struct Times {
    first: f64,
    earlier: f64,
    search: f64,
}

async fn conversation(copies: usize) -> Result<Times> {
    let filled = Filled::with_turns(TURNS).await?;
    filled.repeat_conversation(copies)?;
    let _server = filled.stage.slipway()?;
    let person = Person::sign_in(&filled.stage.origin()).await?;
    let page = format!("/sessions/{}", filled.session);
    let before = json!({ "session": filled.session, "before": -1000 });
    let query = json!({ "query": "around", "before": null });
    let (mut first, mut earlier, mut search) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        first.push(person.time_of_page(&page).await?);
        earlier.push(person.time_of_call("sessions/older", before.clone()).await?);
        search.push(person.time_of_call("sessions/search", query.clone()).await?);
    }
    Ok(Times { first: median(&first), earlier: median(&earlier), search: median(&search) })
}
