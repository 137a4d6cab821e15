//! *init*: runs one program and takes in all it leaves behind. When the program ends, when it is told to end, or when
//! its parent dies, everything below it is killed, sessions and process groups of their own included.
//!
//! With walls it is two: the outer one puts them up and ends what is behind them as it ends any program; the inner one is process 1
//! behind them, where it runs the program. When the inner one dies, the kernel kills everything inside.

use std::{
    io,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    signal::unix::{Signal as SignalStream, SignalKind, signal},
    time::Instant,
};

use crate::{door, reap};
pub(crate) use order::Order;
use order::Place;

#[cfg(target_os = "linux")]
mod filter;
mod groups;
mod limits;
mod order;
#[cfg(target_os = "linux")]
mod walls;

const LOOK_FOR_PARENT: Duration = Duration::from_secs(1);
/// The inner init has the grace; the outer one waits so much longer to hear how it ended.
const INNER_SLACK: Duration = Duration::from_millis(500);

/// Exits with the program's code, or with 128 and its signal.
pub(crate) fn main(order: &Order) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.and_then(|runtime| runtime.block_on(run(order))) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&format!("cannot start {}: {error}", order.program.display()));
            ExitCode::from(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
        }
    }
}

async fn run(order: &Order) -> io::Result<u8> {
    // Listen before anything can happen.
    let mut signals = Signals::listen()?;
    let guardian = match &order.place {
        Place::Host { parent } | Place::Outside { parent, .. } => {
            reap::adopt_orphans();
            Guardian::watch(*parent)
        }
        Place::Inside { .. } => Guardian::Kernel,
    };
    if !guardian.lives() {
        return Ok(killed_by(Signal::KILL));
    }
    groups::join(&order.groups)?;
    let program = start(order)?;
    let patience = match order.place {
        Place::Outside { .. } => order.grace + INNER_SLACK,
        Place::Host { .. } | Place::Inside { .. } => order.grace,
    };

    let mut code = None;
    let mut deadline = None;
    while code.is_none() {
        match signals.next(deadline).await {
            Heard::Child => {
                reap::reap(|pid, status| {
                    if pid == program {
                        code = Some(exit_code(status.as_raw()));
                    }
                });
            }
            Heard::End => {
                ask_to_end(order, program);
                deadline.get_or_insert_with(|| Instant::now() + patience);
            }
            Heard::ParentMayBeDead if guardian.lives() => {}
            Heard::ParentMayBeDead | Heard::EndNow => break,
        }
    }
    if !cfg!(target_os = "linux") {
        let _ = rustix::process::kill_process_group(program, Signal::KILL);
    }
    if !reap::end_children().await {
        complain("some processes could not be ended");
    }
    Ok(code.unwrap_or_else(|| killed_by(Signal::KILL)))
}

/// Starts the program, or the walls with an inner init. It is reaped with all others.
fn start(order: &Order) -> io::Result<Pid> {
    let child = match &order.place {
        Place::Host { .. } => program(order).process_group(0).spawn()?,
        Place::Inside { writable } => {
            hide()?;
            limits::set()?;
            add_second_layer(writable);
            let mut program = program(order);
            if let Some(ports) = &order.door {
                let (socket, ports) = (rustix::io::dup(io::stdin())?, ports.clone());
                rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
                // It ends when the keeper hangs up; if it cannot begin, the keeper finds the door shut.
                tokio::spawn(async move { door::serve(socket, &ports).await });
                program.stdin(Stdio::null());
            }
            program.process_group(0).spawn()?
        }
        #[cfg(target_os = "linux")]
        Place::Outside { walls, .. } => {
            let mut call = walls::call(walls, &order.inside(walls))?;
            call.command.process_group(0).spawn()?
        }
        #[cfg(not(target_os = "linux"))]
        Place::Outside { .. } => return Err(io::ErrorKind::Unsupported.into()),
    };
    Ok(Pid::from_child(&child))
}

fn program(order: &Order) -> Command {
    let mut command = Command::new(&order.program);
    command.args(&order.arguments);
    command
}

/// Bubblewrap passes no signal on, so the process behind it is asked.
fn ask_to_end(order: &Order, program: Pid) {
    let behind = match order.place {
        Place::Outside { .. } => reap::children_of(program),
        Place::Host { .. } | Place::Inside { .. } => Vec::new(),
    };
    for inner in &behind {
        let _ = rustix::process::kill_process(*inner, Signal::TERM);
    }
    if behind.is_empty() {
        let _ = rustix::process::kill_process_group(program, Signal::TERM);
    }
}

/// Nothing inside may read or change this process: it holds the door.
fn hide() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// The walls hold without it. A server that is older than this program names nothing writable, and gets none.
fn add_second_layer(writable: &[PathBuf]) {
    if writable.is_empty() {
        return;
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = slipway_keeper::landlock::restrict(writable) {
        complain(&format!("there is no second layer behind the walls: {error}"));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = writable;
}

#[derive(Clone, Copy)]
enum Heard {
    Child,
    /// Asked to end, with grace.
    End,
    /// Asked to end at once, or the grace is over.
    EndNow,
    /// The thread that started init is gone, and maybe its process.
    ParentMayBeDead,
}

struct Signals {
    child: SignalStream,
    terminate: SignalStream,
    interrupt: SignalStream,
    hangup: SignalStream,
    quit: SignalStream,
    parent: SignalStream,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            child: signal(SignalKind::child())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            parent: signal(SignalKind::user_defined1())?,
        })
    }

    async fn next(&mut self, deadline: Option<Instant>) -> Heard {
        let grace_over = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        // Elsewhere nobody tells.
        let look_for_parent = async {
            if cfg!(target_os = "linux") {
                std::future::pending::<()>().await;
            } else {
                tokio::time::sleep(LOOK_FOR_PARENT).await;
            }
        };
        tokio::select! {
            biased;
            _ = self.quit.recv() => Heard::EndNow,
            _ = self.parent.recv() => Heard::ParentMayBeDead,
            _ = self.child.recv() => Heard::Child,
            _ = self.terminate.recv() => Heard::End,
            _ = self.interrupt.recv() => Heard::End,
            _ = self.hangup.recv() => Heard::End,
            () = grace_over => Heard::EndNow,
            () = look_for_parent => Heard::ParentMayBeDead,
        }
    }
}

/// The parent, without which init must not go on. The kernel tells when the parent's *thread* dies; whether its process
/// lives shows in the parent's id, which changes when it does not.
enum Guardian {
    Parent(Option<Pid>),
    /// Inside the walls it has no parent that it could see, and is killed with whoever put them up.
    Kernel,
}

impl Guardian {
    fn watch(expected: Option<i32>) -> Self {
        let parent = match expected {
            Some(pid) => Pid::from_raw(pid),
            None => rustix::process::getppid(),
        };
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::set_parent_process_death_signal(Some(Signal::USR1)) {
            complain(&format!("will not notice its parent's death: {error}"));
        }
        Self::Parent(parent)
    }

    fn lives(&self) -> bool {
        match self {
            Self::Parent(parent) => rustix::process::getppid() == *parent,
            Self::Kernel => true,
        }
    }
}

fn exit_code(status: i32) -> u8 {
    let status = std::process::ExitStatus::from_raw(status);
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

fn killed_by(signal: Signal) -> u8 {
    u8::try_from(128 + signal.as_raw()).unwrap_or(1)
}

#[expect(clippy::print_stderr, reason = "standard error is the program's log")]
fn complain(sentence: &str) {
    eprintln!("slipway-keeper init: {sentence}");
}
