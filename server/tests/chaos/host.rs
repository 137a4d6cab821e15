//! The server's process: killed, ended, frozen, made to crash, and always started again.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;
use slipway_engine::fault::{Point, VARIABLE};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout},
};

use crate::{processes, weather::Weather};

/// From the start to the line that says where it listens; and from SIGTERM to the end.
const START: Duration = Duration::from_mins(1);
const END: Duration = Duration::from_secs(40);

/// How the program is started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) log: PathBuf,
}

/// Asks the task that owns the process.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    orders: mpsc::Sender<(Order, oneshot::Sender<Result<()>>)>,
    record: Record,
}

/// When the server went away.
#[derive(Clone, Debug, Default)]
struct Record {
    /// The points at which it crashed by itself.
    crashes: Arc<Mutex<Vec<Point>>>,
    ends: Arc<Mutex<Vec<Instant>>>,
}

#[derive(Debug)]
enum Order {
    Kill {
        down: Duration,
    },
    End {
        down: Duration,
    },
    Arm {
        point: Point,
        nth: u32,
    },
    Freeze {
        time: Duration,
    },
    /// For good; it must end by itself and well.
    Finish,
}

struct Hosted {
    program: Program,
    weather: Weather,
    child: Child,
    /// Where it will crash, if it comes there.
    armed: Option<Point>,
    record: Record,
}

impl Host {
    pub(crate) async fn start(program: Program, weather: Weather) -> Result<Self> {
        let child = spawn(&program, None, &weather).await?;
        let (orders, received) = mpsc::channel(4);
        let record = Record::default();
        let hosted = Hosted { program, weather, child, armed: None, record: record.clone() };
        tokio::spawn(hosted.run(received));
        Ok(Self { orders, record })
    }

    pub(crate) fn crashes(&self) -> Vec<Point> {
        self.record.crashes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the server was killed, ended or crashed.
    pub(crate) fn ends(&self) -> Vec<Instant> {
        self.record.ends.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn kill(&self, down: Duration) -> Result<()> {
        self.order(Order::Kill { down }).await
    }

    pub(crate) async fn end(&self, down: Duration) -> Result<()> {
        self.order(Order::End { down }).await
    }

    pub(crate) async fn arm(&self, point: Point, nth: u32) -> Result<()> {
        self.order(Order::Arm { point, nth }).await
    }

    pub(crate) async fn freeze(&self, time: Duration) -> Result<()> {
        self.order(Order::Freeze { time }).await
    }

    pub(crate) async fn finish(&self) -> Result<()> {
        self.order(Order::Finish).await
    }

    async fn order(&self, order: Order) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.orders.send((order, done)).await.context("the server's host is gone")?;
        answer.await.context("the server's host is gone")?
    }
}

impl Hosted {
    async fn run(mut self, mut orders: mpsc::Receiver<(Order, oneshot::Sender<Result<()>>)>) {
        let mut trouble = None;
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let Some((order, done)) = order else { return };
                    let last = matches!(order, Order::Finish);
                    let obeyed = match trouble.take() {
                        Some(error) => Err(error),
                        None => self.obey(order).await,
                    };
                    let _ = done.send(obeyed);
                    if last {
                        return;
                    }
                }
                status = self.child.wait(), if trouble.is_none() => {
                    trouble = self.ended_by_itself(status.ok()).await.err();
                }
            }
        }
    }

    async fn obey(&mut self, order: Order) -> Result<()> {
        match order {
            Order::Kill { down } => {
                self.stop(Signal::KILL).await?;
                sleep(down).await;
                self.start(None).await
            }
            Order::End { down } => {
                let status = self.stop(Signal::TERM).await?;
                self.expect_success(status)?;
                sleep(down).await;
                self.start(None).await
            }
            Order::Arm { point, nth } => {
                self.stop(Signal::KILL).await?;
                self.start(Some((point, nth))).await
            }
            Order::Freeze { time } => {
                let Some(pid) = self.child.id() else { return Ok(()) };
                processes::freeze(pid, time).await;
                Ok(())
            }
            Order::Finish => {
                let mut status = self.stop(Signal::TERM).await?;
                if !status.success() && self.armed.is_some() {
                    // It met its point only now, and what it left is for the next one.
                    self.note_crash();
                    self.start(None).await?;
                    status = self.stop(Signal::TERM).await?;
                }
                self.expect_success(status)
            }
        }
    }

    async fn stop(&mut self, signal: Signal) -> Result<ExitStatus> {
        self.note_end();
        if let Some(pid) = self.child.id() {
            processes::signal(pid, signal);
        }
        timeout(END, self.child.wait()).await.context("the server does not end")?.context("no status")
    }

    /// A server that was made to crash may do so while it ends.
    fn expect_success(&mut self, status: ExitStatus) -> Result<()> {
        ensure!(
            status.success() || self.armed.is_some(),
            "the server was asked to end, and ended with {status}"
        );
        Ok(())
    }

    async fn start(&mut self, fault: Option<(Point, u32)>) -> Result<()> {
        self.armed = fault.map(|(point, _)| point);
        self.child = match spawn(&self.program, fault, &self.weather).await {
            // It may have met its point before it was ready.
            Err(_) if self.armed.is_some() => {
                self.note_crash();
                spawn(&self.program, None, &self.weather).await?
            }
            child => child?,
        };
        Ok(())
    }

    async fn ended_by_itself(&mut self, status: Option<ExitStatus>) -> Result<()> {
        if self.armed.is_none() {
            bail!("the server ended by itself: {status:?}\n{}", tail(&self.program.log));
        }
        self.note_crash();
        self.start(None).await
    }

    fn note_crash(&mut self) {
        self.note_end();
        self.record.crashes.lock().unwrap_or_else(PoisonError::into_inner).extend(self.armed.take());
    }

    fn note_end(&self) {
        self.record.ends.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    }
}

async fn spawn(program: &Program, fault: Option<(Point, u32)>, weather: &Weather) -> Result<Child> {
    let log = OpenOptions::new().create(true).append(true).open(&program.log)?;
    let mut command = Command::new(&program.path);
    command.arg("serve").env_clear().envs(program.settings.iter().map(|(name, value)| (name, value)));
    command.envs(fault.map(|(point, nth)| (VARIABLE, format!("{}:{nth}", point.name()))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("cannot start {}", program.path.display()))?;
    let mut lines = BufReader::new(child.stdout.take().context("it has an output")?).lines();
    let said = timeout(START, lines.next_line()).await.context("the server does not get ready")??;
    let port = said.as_deref().and_then(|line| line.rsplit_once(':')?.1.trim().parse().ok());
    let Some(port) = port else {
        bail!("the server did not start: {said:?}\n{}", tail(&program.log));
    };
    weather.lead_to(port);
    Ok(child)
}

/// The last lines of a log.
pub(crate) fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}
