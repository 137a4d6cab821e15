//! `slipway doctor`: looks at everything the server needs, one line each, and says what to mend.

use std::{path::PathBuf, sync::Arc};

use slipway_agent::opencode;
use slipway_git::Git;
use slipway_sandbox::{Isolation, Sandbox, has_second_layer};
use slipway_store::Store;

use crate::{
    cli::Settings,
    config::{Agents, Archive, Config, Data, is_program, on_path},
    start::agent_problem,
};

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: &'static str,
    pub state: State,
}

#[derive(Debug, PartialEq, Eq)]
pub enum State {
    /// With a detail worth knowing.
    Fine(String),
    /// With what to do.
    Mend(String),
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.state {
            State::Fine(detail) => write!(f, "ok    {:<14}{detail}", self.what),
            State::Mend(sentence) => write!(f, "mend  {:<14}{sentence}", self.what),
        }
    }
}

/// Everything, in the order in which a start needs it.
pub async fn examine(settings: &Settings) -> Vec<Finding> {
    let config = match Config::new(settings) {
        Ok(config) => config,
        Err(error) => return vec![Finding { what: "settings", state: State::Mend(error.to_string()) }],
    };
    let found = |what, state| Finding { what, state };
    let folders = folders(&config.data);
    let database = match &folders {
        State::Fine(_) => database(&config.data).await,
        State::Mend(_) => State::Mend("It was not looked at, because the folders cannot be used.".into()),
    };
    vec![
        found("settings", State::Fine(format!("listens on {}", config.web.bind))),
        found("folders", folders),
        found("database", database),
        found("git", git(&config.agents).await),
        found("tar", tar()),
        found("archive", archive(&config.archive)),
        found("ripgrep", ripgrep()),
        found("keeper", keeper(&config.agents)),
        found("sandbox", sandbox(&config).await),
        found("limits", State::Fine(config.sessions.of_a_session(&config.data.folder))),
        found("people", State::Fine(config.sessions.of_a_person())),
        found("OpenCode", opencode_program(&config).await),
        found("providers", providers(&config.agents)),
    ]
}

fn folders(data: &Data) -> State {
    match data.prepare() {
        Ok(()) => State::Fine(format!("{}, sockets in {}", data.folder.display(), data.runtime.display())),
        Err(error) => State::Mend(error.to_string()),
    }
}

async fn database(data: &Data) -> State {
    match Store::open(&data.database_url).await {
        Ok(store) => {
            let kind = data.database_url.split(':').next().unwrap_or_default().to_owned();
            let checked = store.check().await;
            store.close().await;
            checked.map_or_else(|error| State::Mend(sentence(&error)), |()| State::Fine(kind))
        }
        Err(error) => State::Mend(sentence(&error)),
    }
}

fn sentence(error: &slipway_store::StoreError) -> String {
    format!("{error}. SLIPWAY_DATABASE_URL names another one.")
}

async fn git(agents: &Agents) -> State {
    let keeper = agents.keeper.clone().unwrap_or_default();
    let git = Git::new(Arc::new(Sandbox::new(keeper, Isolation::Host)), "git".into());
    match git.version().await {
        Ok(version) if at_least(&version, (2, 31)) => State::Fine(version),
        Ok(version) => State::Mend(format!("This is git {version}; install 2.31 or newer.")),
        Err(_) => State::Mend("Install git, for example: sudo apt-get install git".into()),
    }
}

fn at_least(version: &str, wanted: (u32, u32)) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= wanted
}

/// Another tar than GNU's says nothing of what it would write outside of its folder.
fn tar() -> State {
    let said = std::process::Command::new("tar").arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    match said.lines().next() {
        Some(version) if version.contains("GNU tar") => State::Fine(version.to_owned()),
        _ => State::Mend("Sessions are packed with it. Install GNU tar: sudo apt-get install tar".into()),
    }
}

fn archive(archive: &Archive) -> State {
    match archive.prepare() {
        Ok(()) => State::Fine(archive.folder.display().to_string()),
        Err(error) => State::Mend(error.to_string()),
    }
}

fn ripgrep() -> State {
    match on_path("rg") {
        Some(path) => State::Fine(path.display().to_string()),
        None => State::Mend(
            "Agents search with it. Install ripgrep, for example: sudo apt-get install ripgrep".into(),
        ),
    }
}

fn keeper(agents: &Agents) -> State {
    let missing = "Put slipway-keeper beside slipway, or name it in SLIPWAY_KEEPER.";
    match agents.keeper.as_deref().filter(|path| is_program(path)) {
        Some(path) => State::Fine(path.display().to_string()),
        None => State::Mend(missing.into()),
    }
}

async fn sandbox(config: &Config) -> State {
    if config.walls.is_host() {
        return State::Fine("none: agents run on the host, with all rights of this user".into());
    }
    let Some(keeper) = config.agents.keeper.clone() else {
        return State::Mend("It was not tried, because slipway-keeper is missing.".into());
    };
    match Sandbox::new(keeper, config.walls.isolation()).self_test(&config.data.folder).await {
        Ok(()) => {
            let layers = if has_second_layer() {
                "bubblewrap and Landlock"
            } else {
                "bubblewrap (the kernel has no Landlock)"
            };
            State::Fine(format!("{layers}, holds{}", toolchains(&config.walls.paths)))
        }
        Err(error) => State::Mend(error.to_string()),
    }
}

/// Toolchains in a home folder that agents cannot see, unless they are named.
fn toolchains(shown: &[PathBuf]) -> String {
    // Not all of `.cargo`: that has credentials.
    const USUAL: [&str; 7] = [".cargo/bin", ".rustup", ".nvm", ".pyenv", "go", ".local/share/mise", ".bun"];
    let Some(home) = std::env::var_os("HOME").map(PathBuf::from) else { return String::new() };
    let there = USUAL.map(|name| home.join(name)).into_iter().filter(|folder| folder.is_dir());
    let hidden: Vec<_> = there.filter(|folder| !shown.iter().any(|path| folder.starts_with(path))).collect();
    if hidden.is_empty() {
        return String::new();
    }
    let named: Vec<_> = hidden.iter().map(|folder| folder.display().to_string()).collect();
    format!("; to show agents the toolchains of your home folder: SLIPWAY_SANDBOX_PATHS={}", named.join(":"))
}

async fn opencode_program(config: &Config) -> State {
    if let Some(problem) = agent_problem(&config.agents) {
        return State::Mend(problem);
    }
    let program = config.agents.opencode.clone().unwrap_or_default();
    match opencode::check(&program).await {
        Ok(version) => State::Fine(format!("{version}, {}", program.display())),
        Err(error) => State::Mend(error.to_string()),
    }
}

fn providers(agents: &Agents) -> State {
    let names: Vec<_> = agents.providers.iter().map(|provider| provider.id.as_str()).collect();
    if names.is_empty() {
        return State::Fine("none named, so OpenCode's own free models are offered".into());
    }
    State::Fine(names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let said = ["2.47.3", "2.31", "2.4.9", "3.0", "2.39.5 (Apple Git-154)", "?"];
        assert_eq!(said.map(|version| at_least(version, (2, 31))), [true, true, false, true, true, false]);
    }

    #[test]
    fn a_finding_is_one_line() {
        let finding = Finding { what: "ripgrep", state: State::Mend("Install it.".into()) };
        assert_eq!(finding.to_string(), "mend  ripgrep       Install it.");
    }
}
