//! What sessions take of the memory, awake and looked at.

use anyhow::Result;

use super::{
    client::Person,
    crowd,
    fill::Filled,
    process::{of_program, resident},
    stage::{Agent, Stage},
    table::Line,
};

const AWAKE: usize = 100;
const TOUCHED: usize = 1000;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let (server, keepers) = awake().await?;
    let filled = Filled::with_turns(5).await?;
    filled.copy_session(TOUCHED)?;
    Ok(vec![
        Line::new("memory of the server for each awake session", server, "MB").at_most(1.0),
        Line::new("memory of keeper and inits for each session", keepers, "MB").at_most(10.0),
        Line::new("memory of the server for 1,000 sessions looked at", touched(&filled).await?, "MB"),
    ])
}

async fn awake() -> Result<(f64, f64)> {
    let stage = Stage::set(Agent::Fake)?;
    let server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    let first = crowd::gather(&person, 1).await?;
    let before = resident(server.id())?;
    let sockets = crowd::gather(&person, AWAKE).await?;
    let after = resident(server.id())?;
    let keepers: f64 = of_program("slipway-keeper").iter().map(|(_, memory)| memory).sum();
    drop((first, sockets));
    Ok(((after - before) / AWAKE as f64, keepers / (AWAKE + 1) as f64))
}

async fn touched(filled: &Filled) -> Result<f64> {
    let server = filled.stage.slipway()?;
    let person = Person::sign_in(&filled.stage.origin()).await?;
    for _ in 0..20 {
        person.page(&format!("/sessions/{}", filled.session)).await?;
    }
    let before = resident(server.id())?;
    for copy in 1..=TOUCHED {
        person.page(&format!("/sessions/copy-{copy}")).await?;
    }
    Ok(resident(server.id())? - before)
}
