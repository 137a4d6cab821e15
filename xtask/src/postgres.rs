//! A PostgreSQL of our own for tests and measurements: made in a temporary folder, gone when dropped.

use std::{
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{on_path, spelled},
    tools,
};

/// How long it may take to accept connections.
const START: Duration = Duration::from_mins(1);

/// Debian's and most others' number for the user who owns nothing; PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// Whether what was committed survives a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// As people run it.
    Durable,
    /// For tests, where nothing has to.
    Fleeting,
}

pub(crate) struct Postgres {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let programs = tools::postgres_programs().context("PostgreSQL is not installed")?;
        // The system's temporary folder, not the build's: the unprivileged user must be able to walk there.
        let folder = std::env::temp_dir().join(format!("slipway-pg-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        let started = Self::start_in(&programs, folder.clone(), durability);
        if started.is_err() {
            std::fs::remove_dir_all(&folder).ok();
        }
        started
    }

    fn start_in(programs: &Path, folder: PathBuf, durability: Durability) -> Result<Self> {
        let data = folder.join("data");
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY))?;
        }
        let mut initdb = unprivileged(&programs.join("initdb"), &folder);
        initdb.arg("--pgdata").arg(&data);
        initdb.args(["--username=slipway", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"]);
        let made = initdb.output().with_context(|| format!("could not start `{}`", spelled(&initdb)))?;
        if !made.status.success() {
            bail!("`initdb` failed: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
        let port = free_port()?;
        let log = std::fs::File::create(folder.join("log"))?;
        let mut postgres = unprivileged(&programs.join("postgres"), &folder);
        postgres.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        for setting in [
            "listen_addresses=127.0.0.1",
            // Tests open a pool each.
            "max_connections=300",
            "shared_buffers=64MB",
        ] {
            postgres.args(["-c", setting]);
        }
        if durability == Durability::Fleeting {
            for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
                postgres.args(["-c", setting]);
            }
        }
        postgres.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        let child =
            postgres.stdout(Stdio::null()).stderr(log).spawn().context("could not start PostgreSQL")?;
        let mut started = Self { child, folder, port };
        started.wait(programs)?;
        Ok(started)
    }

    /// The address for tests, which make databases of their own on it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://slipway@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self, programs: &Path) -> Result<()> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("PostgreSQL ended at once ({status}): {}", self.log());
            }
            let mut probe = Command::new(programs.join("pg_isready"));
            probe
                .args(["-q", "-h", "127.0.0.1", "-U", "slipway", "-d", "postgres", "-p"])
                .arg(self.port.to_string());
            if probe.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL was not ready after {} s: {}", START.as_secs(), self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT is its "immediate shutdown": children end too, shared memory is freed.
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::QUIT).ok();
        if !matches!(
            crate::command::wait_until(&mut self.child, Instant::now() + Duration::from_secs(10)),
            Ok(Some(_))
        ) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// A PostgreSQL program as a user who is not root, told to end when we do (where the system can do that).
fn unprivileged(path: &Path, folder: &Path) -> Command {
    let mut command = match on_path(&["setpriv"]) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "QUIT"]).arg(path);
            command
        }
        None => Command::new(path),
    };
    command.current_dir(folder).env_remove("PGDATA").env_remove("PGPORT").env("LC_ALL", "C");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_answers_and_leaves_nothing_behind() {
        if tools::postgres_programs().is_none() {
            println!("passed over: PostgreSQL is not installed");
            return;
        }
        let postgres = Postgres::start(Durability::Fleeting).unwrap();
        let (folder, port) = (postgres.folder.clone(), postgres.port);
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(postgres);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
