//! What the walls around an agent cost, with the real OpenCode: at the start of a session, and for each command that it runs; compared
//! with the same Slipway whose agents run on the host.

use std::time::Instant;

use anyhow::Result;

use super::{
    client::Person,
    median,
    socket::Socket,
    stage::{Agent, Stage},
    table::Line,
};

const SESSIONS: usize = 5;
const TURNS: usize = 5;
const COMMANDS: usize = 20;

pub(super) async fn measure() -> Result<Vec<Line>> {
    let (walls, host) = (costs("auto").await?, costs("host").await?);
    let of = "on the host";
    Ok(vec![
        Line::new("new session to the end of its first turn, behind walls", walls.start, "ms")
            .against(of, host.start),
        Line::new("a command that the agent runs, behind walls", walls.command, "ms")
            .against(of, host.command),
    ])
}

/// In milliseconds.
struct Costs {
    start: f64,
    command: f64,
}

async fn costs(sandbox: &str) -> Result<Costs> {
    let stage = Stage::set(Agent::OpenCode)?.with("SLIPWAY_SANDBOX", sandbox);
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    // The first one makes the mirror.
    let (session, mut socket, _) = started(&person).await?;
    let mut starts = Vec::new();
    for _ in 0..SESSIONS {
        starts.push(started(&person).await?.2);
    }
    let mut commands = Vec::new();
    for _ in 0..TURNS {
        // What else a turn takes is in both.
        let one = turn(&person, &session, &mut socket, 1).await?;
        let all = turn(&person, &session, &mut socket, COMMANDS + 1).await?;
        commands.push((all - one) / COMMANDS as f64);
    }
    Ok(Costs { start: median(&starts), command: median(&commands) })
}

async fn started(person: &Person) -> Result<(String, Socket, f64)> {
    let begun = Instant::now();
    let session = person.create("demo", "Begin.\n/say Hello.").await?;
    let mut socket = person.follow(&session).await?;
    socket.hear(|_| {}).await?;
    Ok((session, socket, begun.elapsed().as_secs_f64() * 1000.0))
}

/// With so many commands, one after the other.
async fn turn(person: &Person, session: &str, socket: &mut Socket, commands: usize) -> Result<f64> {
    // Each is another one: who repeats itself is asked whether it is stuck.
    let each: Vec<String> = (0..commands).map(|number| format!("/bash true {number}")).collect();
    let script = format!("Go on.\n{}\n/say Done.", each.join("\n"));
    let begun = Instant::now();
    person.send(session, &script).await?;
    socket.hear(|_| {}).await?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}
