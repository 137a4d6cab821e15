//! Where a story happens: a folder of its own, the real programs, a repository, a fake agent in OpenCode's place.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};
use rustix::process::Signal;
use slipway_protocol::SessionId;
use slipway_test_support::{
    PostgresDatabase,
    fake_agent::{control, record},
    programs::{beside, built, plain_git},
};
use tempfile::TempDir;

use crate::{
    host::{Host, Program},
    processes,
    story::Story,
    weather::Weather,
};

/// Room for a few sessions, and soon full.
const SMALL_DISK: &str = "size=24m";

pub(crate) struct Stage {
    pub(crate) weather: Weather,
    pub(crate) host: Host,
    pub(crate) log: PathBuf,
    /// None: not asked for, or not allowed.
    pub(crate) disk: Option<Mount>,
    /// None: the file in the data folder.
    pub(crate) postgres: Option<PostgresDatabase>,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn set(story: &Story) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("chaos-").rand_bytes(6).tempdir()?;
        let path = folder.path().canonicalize()?;
        for name in ["data", "repos", "run", "site", "record"] {
            std::fs::create_dir(path.join(name))?;
        }
        let disk = if story.small_disk { Mount::on(&path.join("data")) } else { None };
        repository(&path.join("repos/demo"))?;
        let calls = path.join("record/calls.sock");
        record::collect(&calls, &path.join("calls.jsonl"))?;
        // Behind walls the fake agent is found, and the socket.
        let shown = env::join_paths([beside(""), path.join("record")])?.to_string_lossy().into_owned();
        let agent = control::wrapper(
            &path,
            &built(beside("fake-agent")),
            &[
                (control::ASKS, "1"),
                (control::REMEMBERS, "1"),
                (control::RECORD, &calls.display().to_string()),
            ],
        )?;
        let weather = Weather::start().await?;
        let postgres = match env::var("SLIPWAY_TEST_POSTGRES_URL") {
            Ok(server) if story.postgres => Some(PostgresDatabase::create(&server).await?),
            _ => None,
        };
        let mut settings = vec![
            ("HOME", path.display().to_string()),
            ("PATH", env::var("PATH")?),
            ("XDG_RUNTIME_DIR", path.join("run").display().to_string()),
            ("SLIPWAY_BIND", "127.0.0.1:0".into()),
            ("SLIPWAY_PUBLIC_URL", format!("http://{}", weather.address)),
            ("SLIPWAY_DATA_DIR", path.join("data").display().to_string()),
            ("SLIPWAY_REPOS", path.join("repos").display().to_string()),
            ("SLIPWAY_SITE", path.join("site").display().to_string()),
            ("SLIPWAY_OPENCODE", agent.display().to_string()),
            ("SLIPWAY_SANDBOX_PATHS", shown),
            ("SLIPWAY_KEEPER", built(beside("slipway-keeper")).display().to_string()),
            ("SLIPWAY_MAX_AGENTS", story.max_agents.to_string()),
            ("SLIPWAY_IDLE_STOP", format!("{}s", story.idle_stop_s)),
        ];
        settings.extend(postgres.as_ref().map(|database| ("SLIPWAY_DATABASE_URL", database.url())));
        let log = path.join("server.log");
        let program = Program { path: env!("CARGO_BIN_EXE_slipway").into(), settings, log: log.clone() };
        let host = Host::start(program, weather.clone()).await?;
        Ok(Self { weather, host, log, disk, postgres, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    pub(crate) fn database(&self) -> String {
        match &self.postgres {
            Some(database) => database.url(),
            None => format!("sqlite://{}", self.data().join("slipway.db").display()),
        }
    }

    /// What is not below the folder.
    pub(crate) async fn remove_database(&mut self) -> Result<()> {
        match self.postgres.take() {
            Some(database) => database.remove().await.context("the database"),
            None => Ok(()),
        }
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.folder().join("calls.jsonl")
    }

    /// Where the sockets are: the one folder below `run`.
    pub(crate) fn runtime(&self) -> Option<PathBuf> {
        let mut entries = std::fs::read_dir(self.folder().join("run")).ok()?.flatten();
        entries.next().map(|entry| entry.path())
    }

    pub(crate) fn runtime_of(&self, session: &SessionId) -> Option<PathBuf> {
        Some(self.runtime()?.join(session.as_str()))
    }

    /// What still runs of the story, waited for until it is nothing or too late.
    pub(crate) async fn left_running(&self) -> Vec<(u32, String)> {
        let patience = crate::patience::Patience::new("the end of all processes");
        loop {
            let left = processes::of_folder(self.folder());
            if left.is_empty() || patience.pause(Duration::from_millis(50)).await.is_err() {
                return left;
            }
        }
    }

    /// Keeps the folder, to look into it.
    pub(crate) fn keep(&mut self) -> &Path {
        self.folder.disable_cleanup(true);
        self.folder.path()
    }
}

/// Ends what a story that failed left behind.
impl Drop for Stage {
    fn drop(&mut self) {
        for (pid, _) in processes::of_folder(self.folder.path()) {
            processes::signal(pid, Signal::KILL);
        }
    }
}

/// A file system in memory.
pub(crate) struct Mount(PathBuf);

impl Mount {
    fn on(folder: &Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", SMALL_DISK, "tmpfs"]).arg(folder).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_owned()))
    }

    /// Takes all room there is; dropped, gives it back.
    pub(crate) fn fill(&self) -> std::io::Result<Filler> {
        let filler = Filler(self.0.join("filler"));
        let mut file = std::fs::File::create(&filler.0)?;
        while std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {}
        Ok(filler)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

pub(crate) struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn repository(folder: &Path) -> Result<()> {
    std::fs::create_dir(folder)?;
    std::fs::write(folder.join("notes.txt"), "tick\ntock\n")?;
    plain_git(folder, &["init", "--quiet", "--initial-branch=main"]);
    plain_git(folder, &["add", "."]);
    plain_git(folder, &["commit", "--quiet", "--message=Begin"]);
    Ok(())
}
