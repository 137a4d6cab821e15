//! What agents run with: programs, models, rights, limits.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use slipway_agent::{Permissions, Provider};
use slipway_protocol::ModelRef;

use crate::{
    cli::{self, Settings},
    config::{Unusable, Walls, absolute, providers},
};

/// One agent takes about 600 MB.
const MEMORY_OF_AN_AGENT: u64 = 1024 * 1024 * 1024;

#[derive(Clone, Debug)]
pub struct Agents {
    /// `SLIPWAY_OPENCODE`; none: not found anywhere.
    pub opencode: Option<PathBuf>,
    /// `SLIPWAY_KEEPER`; none: not found anywhere.
    pub keeper: Option<PathBuf>,
    /// `SLIPWAY_PROVIDERS`, and the usual variables.
    pub providers: Vec<Provider>,
    /// `SLIPWAY_DEFAULT_MODEL`
    pub default_model: Option<ModelRef>,
    /// `SLIPWAY_PERMISSIONS`
    pub permissions: Permissions,
    /// `SLIPWAY_MAX_AGENTS`
    pub max_agents: usize,
    /// `SLIPWAY_IDLE_STOP`
    pub idle_stop: Duration,
}

impl Agents {
    pub(super) fn new(settings: &Settings, walls: &Walls) -> Result<Self, Unusable> {
        let permissions = match settings.permissions {
            Some(cli::Permissions::Ask) => Permissions::Ask,
            Some(cli::Permissions::Auto) => Permissions::Auto,
            None if walls.is_host() => Permissions::Ask,
            None => Permissions::Auto,
        };
        Ok(Self {
            opencode: absolute(settings.opencode.as_ref())?.or_else(find_opencode),
            keeper: absolute(settings.keeper.as_ref())?.or_else(find_keeper),
            providers: providers(settings.providers.as_deref(), |name| env::var(name).ok())?,
            default_model: settings.default_model.clone(),
            permissions,
            max_agents: settings.max_agents.map_or_else(agents_that_fit, usize::from),
            idle_stop: settings.idle_stop,
        })
    }
}

/// On `PATH`, else in a `.tools/` of this folder or of one above the program (a clone's).
fn find_opencode() -> Option<PathBuf> {
    let beside = env::current_exe().ok();
    let mut above: Vec<PathBuf> =
        beside.iter().flat_map(|path| path.ancestors().map(Path::to_owned)).collect();
    above.extend(env::current_dir());
    let tools = above.iter().filter_map(|folder| newest_in_tools(&folder.join(".tools")));
    on_path("opencode").or_else(|| tools.into_iter().next())
}

fn newest_in_tools(tools: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(tools).ok()?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("opencode"))
    };
    let programs = entries.filter(named).map(|folder| folder.join("bin/opencode"));
    programs.filter(|program| is_program(program)).max()
}

fn find_keeper() -> Option<PathBuf> {
    let beside = env::current_exe().ok().and_then(|path| Some(path.parent()?.join("slipway-keeper")));
    beside.filter(|path| is_program(path)).or_else(|| on_path("slipway-keeper"))
}

pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))?;
    std::path::absolute(found).ok()
}

pub(crate) fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

fn agents_that_fit() -> usize {
    ((memory() / MEMORY_OF_AN_AGENT) as usize).max(1)
}

/// Bytes of this machine; 0 where it does not tell.
pub(super) fn memory() -> u64 {
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok());
    total.unwrap_or(0_u64) * 1024
}
