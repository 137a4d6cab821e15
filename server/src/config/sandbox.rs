//! Where agents run: behind walls, or on the host where one person uses the installation on this machine.

use std::{env, path::PathBuf};

use slipway_sandbox::{Bubblewrap, Egress, Isolation};

use crate::{
    cli::{self, Settings},
    config::{Unusable, egress, github, on_path},
};

#[derive(Clone, Debug)]
pub struct Walls {
    /// `SLIPWAY_SANDBOX`
    pub kind: cli::Sandbox,
    /// `SLIPWAY_SANDBOX_PATHS`
    pub paths: Vec<PathBuf>,
    /// `SLIPWAY_EGRESS`
    pub egress: Egress,
}

impl Walls {
    pub(super) fn new(settings: &Settings) -> Result<Self, Unusable> {
        let named = settings.sandbox_paths.clone().unwrap_or_default();
        let paths: Vec<_> = env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect();
        for path in &paths {
            if !path.is_absolute() || !path.is_dir() {
                return Err(Unusable(format!(
                    "SLIPWAY_SANDBOX_PATHS names {}, which is not a folder with an absolute path.",
                    path.display()
                )));
            }
        }
        let egress =
            egress::egress(settings.egress.as_deref(), settings.egress_add, &github::addresses(settings))?;
        Ok(Self { kind: settings.sandbox, paths, egress })
    }

    /// Agents run without isolation.
    pub fn is_host(&self) -> bool {
        match self.kind {
            cli::Sandbox::Host => true,
            cli::Sandbox::Bubblewrap => false,
            // Bubblewrap is Linux's.
            cli::Sandbox::Auto => !cfg!(target_os = "linux"),
        }
    }

    pub fn isolation(&self) -> Isolation {
        if self.is_host() {
            return Isolation::Host;
        }
        let program = on_path("bwrap").unwrap_or_else(|| "/usr/bin/bwrap".into());
        let paths = self.paths.iter().cloned().chain(ripgrep()).collect();
        Isolation::Bubblewrap(Bubblewrap { program, paths, egress: self.egress.clone() })
    }

    /// The `PATH` of agents. The person's own folders are there on the host, and where they are named.
    pub(crate) fn path(&self) -> String {
        const SYSTEM: &str = "/usr/local/bin:/usr/bin:/bin";
        if self.is_host() {
            return env::var("PATH").unwrap_or_else(|_| SYSTEM.into());
        }
        let programs = self.paths.iter().flat_map(|path| [path.join("bin"), path.clone()]);
        let of_ripgrep = ripgrep().and_then(|program| Some(program.parent()?.to_owned()));
        let folders = programs.filter(|folder| folder.is_dir()).chain(of_ripgrep);
        let folders = folders.map(|folder| folder.display().to_string());
        folders.chain([SYSTEM.to_owned()]).collect::<Vec<_>>().join(":")
    }
}

/// OpenCode searches with it, so agents see it wherever it is. None where they see it in any case.
fn ripgrep() -> Option<PathBuf> {
    on_path("rg").filter(|program| !program.starts_with("/usr") && !program.starts_with("/bin"))
}
