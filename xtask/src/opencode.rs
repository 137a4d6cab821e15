//! The agent's programs below `.tools/`: OpenCode in the one version that was tested, and ripgrep, which OpenCode's
//! search tools call (without it on `PATH` OpenCode would fetch one by itself, from elsewhere).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{
    command::{is_program, on_path, output, program, root, target},
    npm::{Checksum, Package},
};

pub(crate) const VERSION: &str = "1.18.33";
const RIPGREP_VERSION: &str = "15.0.0";

/// This platform's packages: OpenCode, ripgrep.
///
/// The checksums of linux-x64 are those of the npm registry, and that tarball was fetched and run. OpenCode's for the
/// other platforms come from a public list of the same release whose linux-x64 entry agrees with the registry: a wrong
/// one makes the installation refuse, never accept.
fn packages() -> Result<(Package, Package)> {
    let (opencode, sum, ripgrep, ripgrep_sum) = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => (
            "opencode-linux-x64",
            Checksum::Sha512(
                "q/t/3p2CTxOT9y2kvjesb/LZab2+1eqlhhWA02Be6mjTtmYtNBcBsrI5yDo4Fw7ZSPBW2oyMIGMNRqiKQjiAWw==",
            ),
            "@vscode/ripgrep-linux-x64",
            "mQ3bVrUpnD2vs7QT0vX90Lt0cnUq467uFtEktIdsJJmW296RoSULRGqWgzG1AKxyBpNDD6l4ZO4qKf6SgyC23Q==",
        ),
        ("linux", "aarch64") => (
            "opencode-linux-arm64",
            Checksum::Sha256("196d0caf1c0553fcd12ef15ff14439ea7e6bc7a4e87ea5238bcb57bbe6e54b93"),
            "@vscode/ripgrep-linux-arm64",
            "lQ/5zTG++U0E3IhVgS4EPTTn/U4okncaRMM5GOFfOYZywS4nuD31GhkHbNYlDk5CuDC68+hYJ0/eQeyCKJDA+g==",
        ),
        ("macos", "aarch64") => (
            "opencode-darwin-arm64",
            Checksum::Sha256("cd2c704ad653137b62992bca2b32383f8daa31b3c9462e566278e1efba07b31d"),
            "@vscode/ripgrep-darwin-arm64",
            "r3ktHSvbFycQNF6sl7sNDPocpsI7J+mEzh1IaZFkY0spm3k2Z9t8hPAeOK7+p0l6p6/swkQC14XWX01low+94Q==",
        ),
        ("macos", "x86_64") => (
            "opencode-darwin-x64",
            Checksum::Sha256("e23cf36d4db46214dbf947b7b78bac63d2f0a9e6e987c5d6e47c573d8bb6ff32"),
            "@vscode/ripgrep-darwin-x64",
            "25b4gWbL138dGuQU244ebCKKc0q05ULBMoFSz9oAEUHNeqK/lOJViDS7DRvbDazzAzSEdan391Znks/R5mkaTQ==",
        ),
        (system, machine) => bail!(
            "OpenCode {VERSION} is not fetched for {system} on {machine}; install it by hand and name it in SLIPWAY_OPENCODE"
        ),
    };
    Ok((
        Package { name: opencode, version: VERSION, checksum: sum, member: "package/bin/opencode" },
        Package {
            name: ripgrep,
            version: "1.18.0",
            checksum: Checksum::Sha512(ripgrep_sum),
            member: "package/bin/rg",
        },
    ))
}

/// The OpenCode that Slipway uses: the one `SLIPWAY_OPENCODE` names, else the one below `.tools/`, fetched if need be.
pub(crate) fn opencode() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("SLIPWAY_OPENCODE").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    let path = root().join(".tools").join(format!("opencode-{VERSION}")).join("bin/opencode");
    if !is_program(&path) {
        packages()?.0.install(&path).context("OpenCode is missing and could not be fetched")?;
        check_version(&path)?;
    }
    Ok(path)
}

/// Starts it once, with a home of its own: even `--version` writes files.
fn check_version(path: &Path) -> Result<()> {
    let home = target().join("tmp/opencode-version");
    std::fs::create_dir_all(&home)?;
    let mut asked = program(path);
    asked.arg("--version").env_clear().env("HOME", &home).env("TMPDIR", &home);
    let version = output(&mut asked)?;
    std::fs::remove_dir_all(&home).ok();
    if version.trim() != VERSION {
        bail!("the OpenCode just fetched says it is {}, not {VERSION}", version.trim());
    }
    Ok(())
}

/// The `rg` for the agent: the system's, else one below `.tools/`, fetched if need be.
pub(crate) fn ripgrep() -> Result<PathBuf> {
    if let Some(path) = on_path(&["rg"]) {
        return Ok(path);
    }
    let path = root().join(".tools").join(format!("ripgrep-{RIPGREP_VERSION}")).join("rg");
    if !is_program(&path) {
        packages()?.1.install(&path).context(
            "ripgrep is missing and could not be fetched; install your system's package `ripgrep`",
        )?;
    }
    Ok(path)
}

/// `PATH` with the folder of `rg` at its end, for the server that starts agents.
pub(crate) fn path_with_ripgrep() -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ripgrep = ripgrep()?;
    let folder = ripgrep.parent().map(PathBuf::from);
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(folder.filter(|folder| !folders.contains(folder)));
    std::env::join_paths(folders).context("PATH holds a folder that cannot stand in it")
}
