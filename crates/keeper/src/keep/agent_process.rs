//! The agent as a process: its folders and its command line, started below an init of its own, stopped by its steps.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::{fs::DirBuilderExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::process::{Pid, Signal};
use slipway_keeper::wire::{Call, LaunchSpec, Method, StopStep};
use tokio::{
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use super::{
    agent_http::AgentHttp,
    egress::Egress,
    output::{LineWatch, Output},
};
use crate::{door::Door, reap};

/// The ports inside the walls where the keeper answers: the gateway's, and the way out's. Below those that the system hands out.
pub(crate) const DOOR_PORTS: [u16; 2] = [3127, 3128];

/// The init's process id and start time, inside the runtime folder, so that its end can be awaited.
pub(super) const INIT_PID: &str = "init.pid";
/// Killed, everything is gone within this time, or init is.
const KILL_LIMIT: Duration = Duration::from_secs(12);
/// What the dead agent wrote is read for so long.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// The values that a launch spec leaves open.
#[derive(Clone, Debug)]
pub(crate) struct Blanks {
    pub(crate) port: u16,
    pub(crate) password: String,
    pub(crate) gateway: String,
    pub(crate) gateway_token: String,
}

impl Blanks {
    fn fill(&self, text: &str) -> String {
        let blanks = [
            ("{port}", self.port.to_string()),
            ("{password}", self.password.clone()),
            ("{gateway}", self.gateway.clone()),
            ("{gateway_token}", self.gateway_token.clone()),
        ];
        let (mut filled, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('{') {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            if let Some((blank, value)) = blanks.iter().find(|(blank, _)| rest.starts_with(blank)) {
                filled.push_str(value);
                rest = &rest[blank.len()..];
            } else {
                filled.push('{');
                rest = &rest[1..];
            }
        }
        filled + rest
    }
}

pub(crate) struct AgentProcess {
    init: Child,
    readers: Vec<JoinHandle<()>>,
    output: Output,
    line: LineWatch,
    door: Option<Arc<Door>>,
}

impl AgentProcess {
    /// Starts the agent; `program` is this very program, for its role as init.
    pub(crate) fn start(
        spec: &LaunchSpec,
        blanks: &Blanks,
        program: &Path,
        runtime: &Path,
    ) -> io::Result<Self> {
        prepare_folders(spec)?;
        let grace = spec.stop.iter().filter_map(|step| match step {
            StopStep::Terminate { grace_ms } => Some(*grace_ms),
            StopStep::Post { .. } | StopStep::Kill => None,
        });
        let mut command = Command::new(program);
        command
            .arg("init")
            .args(["--parent", &std::process::id().to_string()])
            .args(["--grace-ms", &grace.max().unwrap_or_default().to_string()])
            .args(["--groups", &serde_json::to_string(&spec.groups)?]);
        let mut door = None;
        command.stdin(Stdio::null());
        if let Some(walls) = &spec.walls {
            let ports = DOOR_PORTS.map(|port| port.to_string()).join(",");
            command.args(["--walls", &serde_json::to_string(walls)?, "--door", &ports]);
            let (near, far) = Door::new()?;
            command.stdin(far);
            door = Some(Arc::new(near));
        }
        let mut init = command
            .arg("--")
            .args(spec.argv.iter().map(|argument| blanks.fill(argument)))
            .env_clear()
            .envs(spec.env.iter().map(|(name, value)| (name, blanks.fill(value))))
            .envs(spec.walls.iter().flat_map(|_| Egress::environment(DOOR_PORTS[1])))
            .current_dir(&spec.cwd)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(pid) = init.id() {
            fs::write(runtime.join(INIT_PID), slipway_keeper::process::identity(pid))?;
        }
        let output = Output::open(&spec.log)?;
        let line = LineWatch::new(&spec.ready.line);
        let mut readers = Vec::new();
        if let Some(stdout) = init.stdout.take() {
            readers.push(tokio::spawn(output.clone().drain(stdout, line.clone())));
        }
        if let Some(stderr) = init.stderr.take() {
            readers.push(tokio::spawn(output.clone().drain(stderr, line.clone())));
        }
        Ok(Self { init, readers, output, line, door })
    }

    /// The way through its walls, where it has some.
    pub(crate) fn door(&self) -> Option<Arc<Door>> {
        self.door.clone()
    }

    /// Turns true when the output held the line that says it is ready.
    pub(crate) fn ready_line(&self) -> watch::Receiver<bool> {
        self.line.seen()
    }

    /// Waits for the end of the agent and of everything it started. May be cancelled.
    pub(crate) async fn ended(&mut self) -> String {
        let status = self.init.wait().await;
        // Something is left only where init itself was killed.
        if !reap::end_children().await {
            tracing::error!("some processes of the agent could not be ended");
        }
        while let Some(reader) = self.readers.last_mut() {
            let _ = timeout(LAST_OUTPUT, reader).await;
            self.readers.pop();
        }
        status.map_or_else(|error| error.to_string(), describe)
    }

    pub(crate) fn log_tail(&self) -> String {
        self.output.tail()
    }

    /// Goes through the steps until the agent has ended; whatever they are, it has in the end.
    pub(crate) async fn stop(&mut self, steps: &[StopStep], http: &AgentHttp) -> String {
        for step in steps {
            match step {
                StopStep::Post { path, timeout_ms } => {
                    let call = Call {
                        method: Method::Post,
                        path: path.clone(),
                        headers: [].into(),
                        body: None,
                        timeout_ms: *timeout_ms,
                    };
                    tokio::select! {
                        biased;
                        status = self.ended() => return status,
                        _ = http.call(&call) => {}
                    }
                }
                StopStep::Terminate { grace_ms } => {
                    self.signal(Signal::TERM);
                    if let Ok(status) = timeout(Duration::from_millis(*grace_ms), self.ended()).await {
                        return status;
                    }
                }
                StopStep::Kill => break,
            }
        }
        self.signal(Signal::QUIT);
        if let Ok(status) = timeout(KILL_LIMIT, self.ended()).await {
            return status;
        }
        self.signal(Signal::KILL);
        self.ended().await
    }

    fn signal(&self, signal: Signal) {
        // Its id stays its own until it was waited for.
        if let Some(pid) = self.init.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

fn prepare_folders(spec: &LaunchSpec) -> io::Result<()> {
    match fs::remove_dir_all(&spec.scratch) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for folder in spec.folders.iter().chain([&spec.scratch]) {
        private_folder(folder)?;
    }
    match spec.log.parent() {
        Some(folder) => private_folder(folder),
        None => Ok(()),
    }
}

pub(crate) fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A port that is free now.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Somebody else took the port before the agent could.
pub(crate) fn taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// This program, for its role as init.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

fn describe(status: ExitStatus) -> String {
    // Init tells a signal as a shell does.
    match (status.code(), status.signal()) {
        (Some(code @ 129..=192), _) => format!("ended by signal {}", code - 128),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_blanks_are_filled_and_only_once() {
        let blanks = Blanks {
            port: 7,
            password: "{port}".into(),
            gateway: "http://g".into(),
            gateway_token: "t".into(),
        };
        let filled =
            blanks.fill(r#"{"a":"{gateway}/x","b":"{gateway_token}","c":{port},"d":"{other}"}{password}{"#);
        assert_eq!(filled, r#"{"a":"http://g/x","b":"t","c":7,"d":"{other}"}{port}{"#);
    }

    #[test]
    fn an_end_has_words() {
        for (raw, words) in [
            (0, "exit code 0"),
            (3 << 8, "exit code 3"),
            (9, "ended by signal 9"),
            (137 << 8, "ended by signal 9"),
        ] {
            assert_eq!(describe(ExitStatus::from_raw(raw)), words);
        }
    }
}
