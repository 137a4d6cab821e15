//! *init*: runs one program and takes in all it leaves behind. When the program ends, when it is told to end, or when
//! its parent dies, everything below it is killed, sessions and process groups of their own included.

use std::{
    ffi::OsString,
    io,
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Command, ExitCode},
    time::Duration,
};

use rustix::process::{Pid, Signal};
use tokio::{
    signal::unix::{Signal as SignalStream, SignalKind, signal},
    time::Instant,
};

use crate::reap;

/// Told to end, the program has so long unless the order says otherwise.
const GRACE: Duration = Duration::from_secs(5);
const LOOK_FOR_PARENT: Duration = Duration::from_secs(1);

/// What to run, read from the command line.
#[derive(Debug, PartialEq)]
pub(crate) struct Order {
    /// The process that must live; without it init trusts that its parent did not die before init looked.
    parent: Option<i32>,
    grace: Duration,
    program: OsString,
    arguments: Vec<OsString>,
}

impl Order {
    pub(crate) fn read(arguments: &[OsString]) -> Option<Self> {
        let (mut parent, mut grace) = (None, GRACE);
        let mut rest = arguments.iter();
        loop {
            match rest.next()?.to_str()? {
                "--parent" => parent = Some(rest.next()?.to_str()?.parse().ok()?),
                "--grace-ms" => grace = Duration::from_millis(rest.next()?.to_str()?.parse().ok()?),
                "--" => break,
                _ => return None,
            }
        }
        let program = rest.next()?.clone();
        Some(Self { parent, grace, program, arguments: rest.cloned().collect() })
    }
}

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
    reap::adopt_orphans();
    let guardian = Guardian::watch(order.parent);
    if !guardian.lives() {
        return Ok(killed_by(Signal::KILL));
    }

    let child = Command::new(&order.program).args(&order.arguments).process_group(0).spawn()?;
    let program = Pid::from_child(&child);
    // It is reaped below with all others.
    drop(child);

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
                let _ = rustix::process::kill_process_group(program, Signal::TERM);
                deadline.get_or_insert_with(|| Instant::now() + order.grace);
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
struct Guardian(Option<Pid>);

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
        Self(parent)
    }

    fn lives(&self) -> bool {
        rustix::process::getppid() == self.0
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Order> {
        Order::read(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_order_is_read_up_to_the_dashes() {
        let order = read("--parent 7 --grace-ms 20 -- git -- --parent").unwrap();
        assert_eq!((order.parent, order.grace), (Some(7), Duration::from_millis(20)));
        assert_eq!((order.program, order.arguments), ("git".into(), vec!["--".into(), "--parent".into()]));
        assert_eq!(read("-- true").unwrap().grace, GRACE);
        for wrong in ["", "--", "true", "--parent -- true", "--parent x -- true", "--other 1 -- true"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
