//! Pages rendered in a second, compared with a file that only has to be read.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::try_join_all;

use super::{client::Person, fill::Filled, median, table::Line};

const CONNECTIONS: usize = 16;
const TIME: Duration = Duration::from_secs(3);
/// Of each, in turns.
const TIMES: usize = 5;
/// Copies of the session: with it 50 of them.
const SESSIONS: usize = 49;
/// Messages of a first page.
const TURNS: usize = 13;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let filled = Filled::with_turns(TURNS).await?;
    filled.copy_session(SESSIONS)?;
    let _server = filled.stage.slipway()?;
    let person = Person::sign_in(&filled.stage.origin()).await?;
    let paths = ["/icon.svg", "/sessions", &format!("/sessions/{}", filled.session)];
    let mut rates = [(); 3].map(|()| Vec::new());
    for _ in 0..TIMES {
        for (path, rates) in paths.iter().zip(&mut rates) {
            rates.push(per_second(&person, path).await?);
        }
    }
    let [file, list, session] = rates.map(|rates| median(&rates));
    let line = |what: &str, rate| Line::new(what, rate, "/s").against("of a file", file).at_least(1500.0);
    Ok(vec![line("pages of the list, 50 sessions", list), line("pages of a session, 25 messages", session)])
}

async fn per_second(person: &Person, path: &str) -> Result<f64> {
    person.page(path).await?;
    let begun = Instant::now();
    let asking = (0..CONNECTIONS).map(async |_| {
        let mut pages = 0_u32;
        while begun.elapsed() < TIME {
            person.page(path).await?;
            pages += 1;
        }
        anyhow::Ok(pages)
    });
    let pages: u32 = try_join_all(asking).await?.into_iter().sum();
    Ok(f64::from(pages) / begun.elapsed().as_secs_f64())
}
