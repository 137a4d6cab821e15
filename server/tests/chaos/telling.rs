//! Tells a story: does its steps, lets everything come to rest, and looks at what is left.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};
use slipway_protocol::{Mode, SessionId};
use slipway_test_support::Lock;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    browser::Browser,
    desk::{Desk, Ledger},
    follower::Follower,
    host, invariants, processes, rest,
    script::{Block, Script},
    stage::Stage,
    story::{Fault, Step, Story, Wish},
};

/// How a story went.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// By kind; those that found nobody to harm are not counted.
    pub(crate) faults: BTreeMap<String, u32>,
    pub(crate) checks: u32,
    pub(crate) violations: Vec<String>,
}

/// What happened to a session from outside, so that what it shows can have a cause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Harm {
    /// Its keeper or agent was killed, or frozen for so long that it counts as dead.
    pub(crate) agent: u32,
    /// When that was.
    pub(crate) at: Vec<Instant>,
}

pub(crate) async fn tell(story: &Story) -> Told {
    let mut told = Told::default();
    let mut stage = match Stage::set(story).await {
        Ok(stage) => stage,
        Err(error) => {
            told.violations.push(format!("the story could not begin: {error:#}"));
            return told;
        }
    };
    if let Err(error) = Telling::new(&stage, story, &mut told).tell().await {
        told.violations.push(format!("the story could not be told to its end: {error:#}"));
    }
    if !told.violations.is_empty() {
        let left: Vec<_> =
            processes::of_folder(stage.folder()).into_iter().map(|(_, command)| command).collect();
        let log = host::tail(&stage.log);
        told.violations.push(format!(
            "the folder is kept: {}\nrunning: {left:#?}\nthe server's last words:\n{log}",
            stage.keep().display()
        ));
    } else if let Err(error) = stage.remove_database().await {
        told.violations.push(format!("{error:#}"));
    }
    told
}

struct Telling<'a> {
    stage: &'a Stage,
    story: &'a Story,
    told: &'a mut Told,
    desks: Vec<Desk>,
    followers: Vec<Follower>,
    harm: Vec<Harm>,
}

impl<'a> Telling<'a> {
    fn new(stage: &'a Stage, story: &'a Story, told: &'a mut Told) -> Self {
        let harm = vec![Harm::default(); story.sessions];
        Self { stage, story, told, desks: Vec::new(), followers: Vec::new(), harm }
    }

    async fn tell(mut self) -> Result<()> {
        let browser = Browser::open(self.stage.weather.address).await?;
        let repository = browser.repository().await?;
        for step in &self.story.steps {
            match step {
                Step::Create { session, script } => {
                    let id = SessionId::new(format!("chaos-{:05}-{session}", self.story.seed));
                    let follower = Follower::open(browser.clone(), *session, id.clone());
                    let shown = follower.shown.clone();
                    self.followers.push(follower);
                    let desk = Desk::open(browser.clone(), repository.clone(), id, script.clone(), shown);
                    self.desks.push(desk);
                }
                Step::Look { session } => {
                    let id = self.desks[*session].id.clone();
                    self.followers.push(Follower::open(browser.clone(), *session, id));
                }
                Step::Wish { session, wish, twice } => self.desks[*session].wish(wish.clone(), *twice).await,
                Step::Fault(fault) => {
                    let happened = self.inject(*fault).await.with_context(|| format!("{fault:?}"))?;
                    if happened {
                        *self.told.faults.entry(fault.kind().into()).or_default() += 1;
                    }
                }
                Step::Pause { ms } => sleep(Duration::from_millis(*ms)).await,
            }
        }
        self.end(browser).await
    }

    /// False: there was nobody to harm.
    async fn inject(&mut self, fault: Fault) -> Result<bool> {
        let Stage { host, weather, .. } = self.stage;
        let time = Duration::from_millis;
        match fault {
            Fault::KillServer { down_ms } => host.kill(time(down_ms)).await?,
            Fault::EndServer { down_ms } => host.end(time(down_ms)).await?,
            Fault::CrashServer { point, nth } => host.arm(point, nth).await?,
            Fault::FreezeServer { ms } => host.freeze(time(ms)).await?,
            Fault::KillKeeper { session } => return Ok(self.kill(session, processes::keeper)),
            Fault::KillAgent { session } => return Ok(self.kill(session, processes::agent)),
            Fault::FreezeKeeper { session, ms } => {
                return Ok(self.freeze(session, ms, processes::keeper).await);
            }
            Fault::FreezeAgent { session, ms } => {
                return Ok(self.freeze(session, ms, processes::agent).await);
            }
            Fault::CutSockets => weather.cut(),
            Fault::SlowSockets { delay_ms, piece } => weather.slow(delay_ms, piece),
            Fault::LockDatabase { ms } => {
                if let Some(database) = &self.stage.postgres {
                    database.cut().await?;
                    return Ok(true);
                }
                let lock = Lock::take(&self.stage.database()).await.context("the lock")?;
                sleep(time(ms)).await;
                lock.release().await?;
            }
            Fault::FillDisk { ms } => {
                let Some(disk) = &self.stage.disk else { return Ok(false) };
                let _filler = disk.fill()?;
                sleep(time(ms)).await;
            }
        }
        Ok(true)
    }

    fn process(&self, session: usize, find: fn(&std::path::Path) -> Option<u32>) -> Option<u32> {
        find(&self.stage.runtime_of(&self.desks[session].id)?)
    }

    fn kill(&mut self, session: usize, find: fn(&std::path::Path) -> Option<u32>) -> bool {
        let Some(pid) = self.process(session, find) else { return false };
        self.harm[session].agent += 1;
        self.harm[session].at.push(Instant::now());
        processes::signal(pid, rustix::process::Signal::KILL);
        true
    }

    async fn freeze(&mut self, session: usize, ms: u64, find: fn(&std::path::Path) -> Option<u32>) -> bool {
        let Some(pid) = self.process(session, find) else { return false };
        // A call of the agent may take so long, and a greeting of the keeper.
        self.harm[session].agent += u32::from(ms > 4_000);
        processes::freeze(pid, Duration::from_millis(ms)).await;
        true
    }

    async fn end(mut self, browser: Browser) -> Result<()> {
        self.stage.weather.slow(0, 0);
        let mut closing = JoinSet::new();
        let mut sessions = Vec::new();
        for (session, desk) in std::mem::take(&mut self.desks).into_iter().enumerate() {
            let last = self.last_words(session);
            desk.wish(Wish::Restore, false).await;
            desk.wish(Wish::Say(last.clone()), false).await;
            sessions.push(rest::Session {
                id: desk.id.clone(),
                first: desk.first.clone(),
                last,
                ledger: Ledger::default(),
            });
            closing.spawn(async move { (session, desk.close().await) });
        }
        let store = rest::open(&self.stage.database()).await?;
        let mut janitor = rest::Janitor::new(&store, &browser);
        while let Some(closed) = janitor.beside(&sessions, closing.join_next()).await? {
            let (session, ledger) = closed?;
            sessions[session].ledger = ledger?;
        }
        janitor.until_rest(&sessions).await?;
        rest::ask_again(&browser, &mut sessions, &mut self.told.violations).await?;
        let mut look = invariants::Look {
            stage: self.stage,
            store: &store,
            sessions: &sessions,
            harm: &self.harm,
            story: self.story,
            told: self.told,
        };
        look.at_rest(&self.followers).await?;
        self.followers.clear();
        for point in self.stage.host.crashes() {
            *look.told.faults.entry(format!("server crashed at {}", point.name())).or_default() += 1;
        }
        self.stage.host.finish().await?;
        look.at_the_end().await
    }

    /// A plain message that each session must still answer.
    fn last_words(&self, session: usize) -> Script {
        let said = self.story.steps.iter().filter(|step| match step {
            Step::Create { session: of, .. } | Step::Wish { session: of, wish: Wish::Say(_), .. } => {
                *of == session
            }
            _ => false,
        });
        let blocks = vec![Block::Words { count: 5, rate: 0 }];
        Script { session, message: said.count(), version: 1, mode: Mode::Build, blocks }
    }
}
