//! From a prompt to its first word with the real OpenCode: in a session at work, in a new one on a big repository, in one
//! that slept; each compared with OpenCode alone.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, Result};

use super::{
    bare::Bare,
    client::Person,
    median,
    socket::Socket,
    stage::{Agent, Stage},
    table::Line,
};

const ROUNDS: usize = 7;
const PROMPTS: usize = 15;
/// 100 MB that do not compress.
const FILES: usize = 2000;
const BYTES: usize = 50_000;
const PROMPT: &str = "Begin.\n/say Hello, here I am.";

/// In turns, each alone on the machine: a session whose turn has just ended is still recorded, and one that falls asleep ends its agent.
pub(super) async fn measure() -> Result<Vec<Line>> {
    // Asleep as soon as nobody asks.
    let stage = Stage::set(Agent::OpenCode)?.with("SLIPWAY_IDLE_STOP", "2s");
    let repository = stage.make_repository("big", fill)?;
    let _server = stage.slipway()?;
    let person = Person::sign_in(&stage.origin()).await?;
    // Warms the mirror.
    let (session, mut socket, _) = first_of_new(&person).await?;
    let next = next_of_session(&person, &session, &mut socket).await?;
    let next_alone = next_alone(&stage, &repository).await?;
    let (mut first_alone, mut alone) = (Vec::new(), Vec::new());
    let (mut new, mut woken) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        Bare::forget(&stage)?;
        first_alone.push(first_of_start(&stage, &repository).await?.0);
        alone.push(first_of_start(&stage, &repository).await?.0);
        let (session, mut socket, took) = first_of_new(&person).await?;
        new.push(took);
        socket.until("asleep").await?;
        woken.push(first_of_next(&person, &session, &mut socket).await?);
        socket.until("asleep").await?;
    }
    let (of, start) = ("OpenCode alone", median(&alone));
    Ok(vec![
        Line::new("new session on 100 MB to its first word", median(&new), "ms")
            .against(of, start)
            .ratio_at_most(1.25),
        Line::new("the same, against OpenCode's first start in a home", median(&new), "ms")
            .against("OpenCode alone, in a new home", median(&first_alone)),
        Line::new("session asleep to its first word", median(&woken), "ms")
            .against(of, start)
            .ratio_at_most(1.25),
        Line::new("next prompt to its first word", next, "ms").against(of, next_alone),
    ])
}

fn fill(folder: &Path) -> Result<()> {
    let mut random = std::fs::File::open("/dev/urandom")?;
    for number in 0..FILES {
        let mut bytes = vec![0; BYTES];
        std::io::Read::read_exact(&mut random, &mut bytes)?;
        std::fs::write(folder.join(format!("file-{number}.bin")), bytes)?;
    }
    Ok(())
}

/// The agent of the session runs; afterwards it sleeps.
async fn next_of_session(person: &Person, session: &str, socket: &mut Socket) -> Result<f64> {
    let mut next = Vec::new();
    for _ in 0..PROMPTS {
        next.push(first_of_next(person, session, socket).await?);
    }
    socket.until("asleep").await?;
    Ok(median(&next))
}

async fn next_alone(stage: &Stage, repository: &Path) -> Result<f64> {
    let (_, mut agent) = first_of_start(stage, repository).await?;
    let mut next = Vec::new();
    for _ in 0..PROMPTS {
        next.push(first_word(&mut agent, Instant::now()).await?);
    }
    Ok(median(&next))
}

/// From the start of the process.
async fn first_of_start(stage: &Stage, repository: &Path) -> Result<(f64, Bare)> {
    let begun = Instant::now();
    let mut agent = Bare::start(stage, Agent::OpenCode, repository).await?;
    Ok((first_word(&mut agent, begun).await?, agent))
}

async fn first_word(agent: &mut Bare, begun: Instant) -> Result<f64> {
    let mut first = None;
    agent.prompt(PROMPT, |_| first = first.or(Some(begun.elapsed()))).await?;
    Ok(first.context("it said nothing")?.as_secs_f64() * 1000.0)
}

async fn first_of_new(person: &Person) -> Result<(String, Socket, f64)> {
    let begun = Instant::now();
    let session = person.create("big", PROMPT).await?;
    let mut socket = person.follow(&session).await?;
    let took = first_heard(&mut socket, begun).await?;
    Ok((session, socket, took))
}

async fn first_of_next(person: &Person, session: &str, socket: &mut Socket) -> Result<f64> {
    let begun = Instant::now();
    person.send(session, PROMPT).await?;
    first_heard(socket, begun).await
}

async fn first_heard(socket: &mut Socket, begun: Instant) -> Result<f64> {
    let mut first = None;
    socket.hear(|_| first = first.or(Some(begun.elapsed()))).await?;
    Ok(first.context("it said nothing")?.as_secs_f64() * 1000.0)
}
