//! What happens in a story: drawn from its seed before it begins, so that the same seed is the same story.

use std::fmt::Write;

use fastrand::Rng;
use slipway_engine::fault::Point;
use slipway_protocol::Mode;

use crate::script::{Block, Script};

/// One story, whole.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) sessions: usize,
    pub(crate) max_agents: u16,
    pub(crate) idle_stop_s: u32,
    /// The data folder is a small file system of its own, which can be filled.
    pub(crate) small_disk: bool,
    /// On PostgreSQL, where there is one.
    pub(crate) postgres: bool,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Makes the session with its first message.
    Create {
        session: usize,
        script: Script,
    },
    Wish {
        session: usize,
        wish: Wish,
        twice: bool,
    },
    /// Somebody looks at the session in one more tab.
    Look {
        session: usize,
    },
    Fault(Fault),
    Pause {
        ms: u64,
    },
}

/// What a person asks of a session. Messages are numbered by session, from 0, the first message.
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Say(Script),
    Edit(Script),
    Remove {
        message: usize,
    },
    Move {
        message: usize,
        before: Option<usize>,
    },
    SendNow {
        message: usize,
    },
    Stop,
    /// Answers the oldest request, if one is open then.
    Answer {
        allow: bool,
        always: bool,
    },
    /// Sends the last message again, if its turn broke.
    Retry,
    Mode(Mode),
    Rename {
        number: u32,
    },
    Wake,
    Archive,
    Restore,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    KillServer {
        down_ms: u64,
    },
    EndServer {
        down_ms: u64,
    },
    /// Started again so that it crashes at the `nth` passing of the point.
    CrashServer {
        point: Point,
        nth: u32,
    },
    KillKeeper {
        session: usize,
    },
    KillAgent {
        session: usize,
    },
    FreezeServer {
        ms: u64,
    },
    FreezeKeeper {
        session: usize,
        ms: u64,
    },
    FreezeAgent {
        session: usize,
        ms: u64,
    },
    /// Every connection breaks, in the middle of whatever it carries.
    CutSockets,
    /// What travels is delayed, and arrives in small pieces; 0 is a fine day.
    SlowSockets {
        delay_ms: u64,
        piece: usize,
    },
    /// Another writer holds the file; on PostgreSQL every connection breaks.
    LockDatabase {
        ms: u64,
    },
    FillDisk {
        ms: u64,
    },
}

impl Fault {
    /// What it is counted as.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            // That it crashes is counted when it does.
            Self::KillServer { .. } | Self::CrashServer { .. } => "server killed",
            Self::EndServer { .. } => "server ended (SIGTERM)",
            Self::KillKeeper { .. } => "keeper killed",
            Self::KillAgent { .. } => "agent killed",
            Self::FreezeServer { .. } => "server frozen",
            Self::FreezeKeeper { .. } => "keeper frozen",
            Self::FreezeAgent { .. } => "agent frozen",
            Self::CutSockets => "sockets cut",
            Self::SlowSockets { .. } => "sockets delayed and split",
            Self::LockDatabase { .. } => "database locked or cut off",
            Self::FillDisk { .. } => "disk filled",
        }
    }
}

/// `long`: with stops that last up to a minute.
pub(crate) fn draw(seed: u64, long: bool) -> Story {
    let mut drawing = Drawing { rng: Rng::with_seed(seed), long, messages: Vec::new(), small_disk: false };
    drawing.story(seed)
}

struct Drawing {
    rng: Rng,
    long: bool,
    /// How many messages each session has so far.
    messages: Vec<usize>,
    small_disk: bool,
}

impl Drawing {
    fn story(&mut self, seed: u64) -> Story {
        let sessions = self.rng.usize(1..=3);
        self.small_disk = self.rng.u8(0..6) == 0;
        let mut steps = Vec::new();
        for session in 0..sessions {
            let script = self.script(session);
            steps.push(Step::Create { session, script });
            steps.push(Step::Look { session });
        }
        for _ in 0..self.rng.usize(8..20) {
            let step = self.step();
            steps.push(step);
            if self.rng.u8(0..3) > 0 {
                steps.push(Step::Pause { ms: self.rng.u64(0..400) });
            }
        }
        Story {
            seed,
            sessions,
            max_agents: self.rng.u16(1..=3),
            idle_stop_s: *self.rng.choice(&[1, 2, 60]).unwrap_or(&1),
            small_disk: self.small_disk,
            steps,
            postgres: !self.small_disk && self.rng.u8(0..3) == 0,
        }
    }

    fn step(&mut self) -> Step {
        let session = self.rng.usize(0..self.messages.len());
        match self.rng.u8(0..20) {
            0 => Step::Look { session },
            1..8 => Step::Fault(self.fault(session)),
            _ => Step::Wish { session, wish: self.wish(session), twice: self.rng.u8(0..5) == 0 },
        }
    }

    fn wish(&mut self, session: usize) -> Wish {
        let message = self.rng.usize(0..self.messages[session]);
        match self.rng.u8(0..28) {
            0..9 => Wish::Say(self.script(session)),
            9 | 10 => Wish::Edit(self.edited(session, message)),
            11 => Wish::Remove { message },
            12 => {
                let before = self.rng.usize(0..=self.messages[session]);
                Wish::Move { message, before: Some(before).filter(|at| *at < self.messages[session]) }
            }
            13 | 14 => Wish::SendNow { message },
            15 | 16 => Wish::Stop,
            17..20 => Wish::Answer { allow: self.rng.u8(0..4) > 0, always: self.rng.bool() },
            20 => Wish::Mode(self.mode()),
            21 => Wish::Rename { number: self.rng.u32(0..1000) },
            22 => Wish::Wake,
            23 => Wish::Archive,
            24 => Wish::Restore,
            25 | 26 => Wish::Retry,
            _ if self.rng.u8(0..3) == 0 => Wish::Delete,
            _ => Wish::Wake,
        }
    }

    fn fault(&mut self, session: usize) -> Fault {
        let ms = if self.long && self.rng.u8(0..12) == 0 {
            self.rng.u64(5_000..60_000)
        } else {
            self.rng.u64(50..900)
        };
        match self.rng.u8(0..20) {
            0..3 => Fault::KillServer { down_ms: self.rng.u64(0..800) },
            3 => Fault::EndServer { down_ms: self.rng.u64(0..300) },
            4..9 => {
                let point = *self.rng.choice(&Point::ALL).unwrap_or(&Point::Stored);
                // The rare ones are passed once or not at all.
                let most = if matches!(point, Point::Stored | Point::BeforeStore) { 25 } else { 2 };
                Fault::CrashServer { point, nth: self.rng.u32(1..=most) }
            }
            9 | 10 => Fault::KillKeeper { session },
            11 | 12 => Fault::KillAgent { session },
            13 => Fault::FreezeServer { ms },
            14 => Fault::FreezeKeeper { session, ms },
            15 => Fault::FreezeAgent { session, ms },
            16 | 17 => Fault::CutSockets,
            18 if self.small_disk => Fault::FillDisk { ms: self.rng.u64(200..1_500) },
            18 => Fault::SlowSockets { delay_ms: self.rng.u64(0..40), piece: self.rng.usize(1..400) },
            _ => Fault::LockDatabase { ms: self.rng.u64(300..2_000) },
        }
    }

    fn mode(&mut self) -> Mode {
        if self.rng.u8(0..3) == 0 { Mode::Plan } else { Mode::Build }
    }

    fn script(&mut self, session: usize) -> Script {
        if self.messages.len() == session {
            self.messages.push(0);
        }
        let message = self.messages[session];
        self.messages[session] += 1;
        Script { session, message, version: 1, mode: self.mode(), blocks: self.blocks() }
    }

    fn edited(&mut self, session: usize, message: usize) -> Script {
        Script {
            session,
            message,
            version: self.rng.u32(2..1_000_000),
            mode: Mode::Build,
            blocks: self.blocks(),
        }
    }

    fn blocks(&mut self) -> Vec<Block> {
        let count = self.rng.usize(1..=4);
        let mut blocks: Vec<_> = (0..count).map(|_| self.block()).collect();
        if self.rng.u8(0..12) == 0 {
            blocks.push(Block::Fail);
        }
        blocks
    }

    fn block(&mut self) -> Block {
        let (count, rate) = (self.rng.u32(1..60), *self.rng.choice(&[0, 30, 60, 120]).unwrap_or(&0));
        match self.rng.u8(0..12) {
            0 => Block::Think { count, rate },
            1 | 2 => Block::Read,
            3 => Block::Bash,
            4 => Block::Question,
            5 => Block::Cut,
            6 => Block::Words { count: 120, rate: 40 },
            _ => Block::Words { count, rate },
        }
    }
}

impl Story {
    /// The whole of it, a line each.
    pub(crate) fn told(&self) -> String {
        let Self { seed, sessions, max_agents, idle_stop_s, small_disk, postgres, steps } = self;
        let mut text = format!(
            "seed {seed}: {sessions} sessions, {max_agents} agents at once, stopped after {idle_stop_s} s, small disk: {small_disk}, PostgreSQL: {postgres}\n"
        );
        for (number, step) in steps.iter().enumerate() {
            let _ = writeln!(text, "  {number:>3} {step:?}");
        }
        text
    }
}
