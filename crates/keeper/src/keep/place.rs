//! The keeper's files in the runtime folder: held while it lives, removed when it ends.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use slipway_keeper::wire::SOCKET;
use tokio::net::UnixListener;

use super::agent_process::{INIT_PID, private_folder};

const PID: &str = "keeper.pid";
const SPOOL: &str = "spool";
/// What every system allows a socket's path.
const LONGEST_SOCKET: usize = 103;

pub(super) struct Place {
    runtime: PathBuf,
    /// Locked, so that there is one keeper in a folder.
    _pid: File,
}

impl Place {
    pub(super) fn take(runtime: &Path) -> io::Result<Self> {
        if runtime.join(SOCKET).as_os_str().len() > LONGEST_SOCKET {
            return Err(io::Error::other(format!("{} is too long a path for a socket", runtime.display())));
        }
        private_folder(runtime)?;
        fs::set_permissions(runtime, Permissions::from_mode(0o700))?;
        let mut pid = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(runtime.join(PID))?;
        if pid.try_lock().is_err() {
            return Err(io::Error::other(format!("another keeper is in {}", runtime.display())));
        }
        pid.set_len(0)?;
        writeln!(pid, "{}", std::process::id())?;
        Ok(Self { runtime: runtime.into(), _pid: pid })
    }

    pub(super) fn listen(&self) -> io::Result<UnixListener> {
        let socket = self.runtime.join(SOCKET);
        // What a killed keeper left behind.
        let _ = fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    pub(super) fn spool(&self) -> PathBuf {
        self.runtime.join(SPOOL)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for name in [SOCKET, SPOOL, INIT_PID, PID] {
            let _ = fs::remove_file(self.runtime.join(name));
        }
    }
}
