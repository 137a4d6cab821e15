//! *keep*: from the launch spec to the last acknowledged event.

use std::{
    fmt::Write,
    io::{self, Read},
    net::Ipv4Addr,
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use slipway_keeper::wire::{KeeperEvent, LaunchSpec, MAX_LINE, Readiness};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{door::Door, reap};
use agent_http::AgentHttp;
use agent_process::{AgentProcess, Blanks};
use egress::Egress;
use event_stream::EventStream;
use gateway::Gateway;
use journal::Journal;
use place::Place;
use server::Server;

mod accept;
mod agent_http;
mod agent_process;
mod egress;
mod event_stream;
mod gateway;
mod idle;
mod journal;
mod log;
mod output;
mod place;
mod server;
mod spool;
mod sse;

/// Somebody may take the agent's port before the agent does, but not for ever.
const PORTS: u32 = 3;
const PROBE_PAUSE: Duration = Duration::from_millis(25);
const PROBE_LIMIT: Duration = Duration::from_secs(5);
/// The dead agent's stream is read for so long.
const LAST_EVENTS: Duration = Duration::from_millis(500);
/// Told to end, the keeper waits so long for the server to take the last events.
const FAREWELL: Duration = Duration::from_secs(1);

pub(crate) fn main(runtime: &Path) -> ExitCode {
    // Fails only where it leads a group already; then it is detached enough.
    let _ = rustix::process::setsid();
    log::start();
    // The agent's init notices the death of the thread that started it: this one, which lives as long as the keeper.
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match tokio.and_then(|tokio| tokio.block_on(keep(runtime))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("the keeper cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn keep(runtime: &Path) -> io::Result<()> {
    let program = agent_process::own_program()?;
    hide_memory();
    let spec = read_spec()?;
    reap::adopt_orphans();
    let mut terminate = signal(SignalKind::terminate())?;
    let place = Place::take(runtime)?;
    let journal = Journal::create(&place.spool())?;

    let gateway_token = secret()?;
    let gateway = Gateway::new(gateway_token.clone(), &spec.gateway)?;
    let blanks = Blanks {
        port: agent_process::free_port()?,
        password: secret()?,
        gateway: format!("http://127.0.0.1:{}", open_gateway(&spec, &gateway).await?),
        gateway_token,
    };
    let http = AgentHttp::new(blanks.port, &spec.user, &blanks.password);
    let egress = Egress::new(spec.egress.clone(), spec.reach.clone(), journal.clone());
    let server = Server::new(secret()?, journal.clone(), http.clone(), egress.clone());
    tokio::spawn(server.clone().accept(place.listen()?));
    tracing::info!(runtime = %runtime.display(), "the keeper listens");

    let ways = Ways { gateway, egress };
    let mut agent = Agent::new(&spec, blanks, &program, runtime, journal.clone(), http.clone(), ways);
    let (end, patience) = tokio::select! {
        biased;
        _ = terminate.recv() => (None, FAREWELL),
        () = server.asked_to_stop() => (None, FAREWELL),
        () = idle::lonely(server.presence(), http.clone(), &spec) => (None, FAREWELL),
        end = agent.live() => (Some(end), Duration::from_millis(spec.lonely_ms)),
    };
    let told = end.is_none();
    let last = agent.finish(end).await;
    tracing::info!(?last, "the agent is gone");
    journal.record(last);
    let mut presence = server.presence();
    tokio::select! {
        _ = timeout(patience, journal.taken()) => {}
        _ = idle::alone_for(&mut presence, Duration::ZERO), if told => {}
        _ = terminate.recv() => {}
        () = server.asked_to_stop() => {}
    }
    drop(place);
    Ok(())
}

/// The port at which the agent will find the gateway. Behind walls it is opened from inside, with the agent.
async fn open_gateway(spec: &LaunchSpec, gateway: &Gateway) -> io::Result<u16> {
    if spec.walls.is_some() {
        return Ok(agent_process::DOOR_PORTS[0]);
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(gateway.clone().serve(listener));
    Ok(port)
}

/// The agent's ways out: to the model providers, and to other machines.
struct Ways {
    gateway: Gateway,
    egress: Egress,
}

/// How the agent's life ended when nobody ended it.
enum End {
    NoStart { sentence: String },
    Exited { status: String },
}

struct Agent<'a> {
    spec: &'a LaunchSpec,
    blanks: Blanks,
    program: &'a Path,
    runtime: &'a Path,
    journal: Journal,
    http: AgentHttp,
    ways: Ways,
    process: Option<AgentProcess>,
    events: Option<JoinHandle<()>>,
    ended: watch::Sender<bool>,
}

impl<'a> Agent<'a> {
    fn new(
        spec: &'a LaunchSpec,
        blanks: Blanks,
        program: &'a Path,
        runtime: &'a Path,
        journal: Journal,
        http: AgentHttp,
        ways: Ways,
    ) -> Self {
        let ended = watch::Sender::new(false);
        Self { spec, blanks, program, runtime, journal, http, ways, process: None, events: None, ended }
    }

    /// Starts the agent and stays until it ends. May be cancelled; then `finish` ends it.
    async fn live(&mut self) -> End {
        let limit = Duration::from_millis(self.spec.ready.timeout_ms);
        let deadline = Instant::now() + limit;
        let mut probe = None;
        for attempt in 1..=PORTS {
            match self.start(deadline).await {
                Ok(answer) => {
                    probe = Some(answer);
                    break;
                }
                Err(_) if attempt < PORTS && self.lost_its_port() => {}
                Err(end) => return end,
            }
        }
        let (Some(probe), Some(process)) = (probe, &mut self.process) else {
            return End::NoStart { sentence: "The agent found no free port.".into() };
        };

        let stream = EventStream {
            http: self.http.clone(),
            source: self.spec.events.clone(),
            journal: self.journal.clone(),
        };
        let (opened, open) = oneshot::channel();
        self.events = Some(tokio::spawn(stream.follow(probe, opened, self.ended.subscribe())));
        tokio::select! {
            biased;
            status = process.ended() => return no_start(&format!("ended ({status})")),
            () = sleep_until(deadline) => return no_start("answers but does not tell its events"),
            _ = open => {}
        }
        End::Exited { status: process.ended().await }
    }

    /// One attempt, up to the readiness probe's answer.
    async fn start(&mut self, deadline: Instant) -> Result<Value, End> {
        let started = AgentProcess::start(self.spec, &self.blanks, self.program, self.runtime);
        let process = match started {
            Ok(process) => self.process.insert(process),
            Err(error) => {
                return Err(End::NoStart { sentence: format!("The agent cannot be started: {error}.") });
            }
        };
        let (line, door) = (process.ready_line(), process.door());
        let answers = async {
            if let Some(door) = door {
                enter(door, &self.http, &self.ways).await;
            }
            ready(&self.spec.ready, line, &self.http).await
        };
        tokio::select! {
            biased;
            status = process.ended() => Err(no_start(&format!("ended ({status})"))),
            () = sleep_until(deadline) => Err(no_start("did not get ready in time")),
            probe = answers => Ok(probe),
        }
    }

    fn lost_its_port(&mut self) -> bool {
        // Behind walls nobody else is there to take it.
        if self.spec.walls.is_some() || !agent_process::taken(self.blanks.port) {
            return false;
        }
        let Ok(port) = agent_process::free_port() else { return false };
        tracing::warn!(port, "somebody took the agent's port; trying another");
        self.blanks.port = port;
        self.http.move_to(port);
        true
    }

    /// Makes sure that nothing of the agent is left, hears its last events, and says how it ended.
    async fn finish(&mut self, end: Option<End>) -> KeeperEvent {
        let mut status = None;
        if let Some(process) = &mut self.process {
            let steps = if end.is_none() { self.spec.stop.as_slice() } else { &[] };
            status = Some(process.stop(steps, &self.http).await);
        }
        self.ended.send_replace(true);
        if let Some(mut events) = self.events.take() {
            let _ = timeout(LAST_EVENTS, &mut events).await;
            events.abort();
        }
        let log_tail = self.process.as_ref().map(AgentProcess::log_tail).unwrap_or_default();
        match end {
            Some(End::NoStart { mut sentence }) => {
                if !log_tail.trim().is_empty() {
                    let _ = write!(sentence, " Its last words: {}", log_tail.trim());
                }
                KeeperEvent::StartFailed { sentence }
            }
            Some(End::Exited { status }) => KeeperEvent::Exited { status, log_tail },
            None => KeeperEvent::Exited { status: status.unwrap_or_else(|| "not started".into()), log_tail },
        }
    }
}

fn no_start(what: &str) -> End {
    End::NoStart { sentence: format!("The agent {what}.") }
}

/// Takes the agent's side of the walls: answers there, and reaches the agent from there.
async fn enter(door: Arc<Door>, http: &AgentHttp, ways: &Ways) {
    let opened = door.listeners().await.map(<[TcpListener; 2]>::try_from);
    let Ok(Ok([models, others])) = opened else {
        tracing::error!(?opened, "the door stays shut");
        // Whatever shut it ends the agent, or its time does.
        return std::future::pending().await;
    };
    tokio::spawn(ways.gateway.clone().serve(models));
    tokio::spawn(ways.egress.clone().serve(others));
    http.enter_by(door);
}

/// Waits for the line and then for the probe's answer.
async fn ready(readiness: &Readiness, mut line: watch::Receiver<bool>, http: &AgentHttp) -> Value {
    if line.wait_for(|seen| *seen).await.is_err() {
        std::future::pending::<()>().await;
    }
    loop {
        if let Some(answer) = http.get(&readiness.probe, PROBE_LIMIT).await
            && readiness.expect.iter().all(|(name, value)| answer.get(name) == Some(value))
        {
            return answer;
        }
        sleep(PROBE_PAUSE).await;
    }
}

/// No other process may read the keys out of this one, not even one of the same user, nor out of its remains.
fn hide_memory() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "the keeper's memory can be read by its user's other processes");
    }
}

fn read_spec() -> io::Result<LaunchSpec> {
    let mut text = Vec::new();
    io::stdin().take(MAX_LINE as u64).read_to_end(&mut text)?;
    // The parser's own words could hold a key.
    serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        io::Error::other(format!("the launch spec is not understood (line {line}, column {column})"))
    })
}

/// 256 random bits as text.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
