//! Programs that the build and the tests call: found, installed where that is allowed, or named exactly.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::command::{cargo, is_program, must, on_path, output, program, root, succeeds};

/// Debian's packages for what only tests need.
const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// The oldest Node that the browser tests run on.
const NODE: u32 = 20;

/// The standard library for wasm, by rustup where that is how Rust came here.
pub(crate) fn wasm_target() -> Result<()> {
    let mut ask = program(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    ask.args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]);
    if PathBuf::from(output(&mut ask)?.trim()).is_dir() {
        return Ok(());
    }
    if on_path(&["rustup"]).is_none() {
        bail!(
            "Rust's standard library for wasm32-unknown-unknown is missing; install it the way Rust came to this machine"
        );
    }
    must(program("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
}

/// What agents run behind. Without it the server says what to do, so a machine where it cannot be installed is no error here.
pub(crate) fn for_walls() {
    if let Some(package) = bubblewrap()
        && let Err(error) = apt(&[package])
    {
        eprintln!("agents need walls, or SLIPWAY_SANDBOX=host: {error:#}");
    }
}

/// Linux's only.
fn bubblewrap() -> Option<&'static str> {
    (cfg!(target_os = "linux") && on_path(&["bwrap"]).is_none()).then_some("bubblewrap")
}

/// What the integration tests need besides cargo, as programs and the packages they are in.
const OF_UNIT_TESTS: [(&str, &str); 8] = [
    ("git", "git"),
    ("psql", "postgresql-client"),
    ("sqlite3", "sqlite3"),
    ("rg", "ripgrep"),
    // Clients that find their way out of the walls, and what makes the certificate of what they find there.
    ("curl", "curl"),
    ("npm", "npm"),
    ("pip3", "python3-pip"),
    ("openssl", "openssl"),
];

pub(crate) fn for_unit_tests() -> Result<()> {
    let missing = OF_UNIT_TESTS.iter().filter(|(program, _)| on_path(&[program]).is_none());
    let mut wanted: Vec<_> = missing.map(|(_, package)| *package).collect();
    if postgres_programs().is_none() {
        wanted.push("postgresql");
    }
    wanted.extend(bubblewrap());
    apt(&wanted)?;
    postgres_programs().map(drop).context("PostgreSQL's `initdb` is still not found; put its folder on PATH")
}

/// What the browser tests need: Chromium, Node, and the packages of `end2end/`.
pub(crate) fn for_browser_tests() -> Result<()> {
    let mut wanted = Vec::new();
    if chromium().is_none() {
        wanted.push("chromium");
    }
    if on_path(&["node"]).is_none() {
        wanted.push("nodejs");
    }
    if on_path(&["npm"]).is_none() {
        wanted.push("npm");
    }
    wanted.extend(bubblewrap());
    apt(&wanted)?;
    let version = output(program("node").arg("--version")).context("Node is needed for the browser tests")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.unwrap_or(0) < NODE {
        bail!(
            "the browser tests need Node {NODE} or newer, and this is {}; see https://nodejs.org",
            version.trim()
        );
    }
    let folder = root().join("end2end");
    let installed = folder.join("node_modules/.package-lock.json");
    if newer(&folder.join("package-lock.json"), &installed) {
        let mut npm = program("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
        must(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    }
    Ok(())
}

/// The browser of the tests: `CHROMIUM`, else the system's.
pub(crate) fn chromium() -> Option<PathBuf> {
    std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(|| on_path(CHROMIUM))
}

/// The folder of PostgreSQL's programs. Debian keeps `initdb` off `PATH`.
pub(crate) fn postgres_programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    folders.sort();
    folders.reverse();
    folders.extend(on_path(&["initdb"]).and_then(|file| Some(file.parent()?.to_path_buf())));
    folders
        .into_iter()
        .find(|folder| is_program(&folder.join("initdb")) && is_program(&folder.join("postgres")))
}

/// Whether cargo has this subcommand.
pub(crate) fn has_cargo(subcommand: &str) -> bool {
    on_path(&[&format!("cargo-{subcommand}")]).is_some()
        && cargo(&[subcommand, "--version"]).output().is_ok_and(|output| output.status.success())
}

fn newer(file: &std::path::Path, than: &std::path::Path) -> bool {
    let time = |path: &std::path::Path| path.metadata().and_then(|data| data.modified()).ok();
    time(file) > time(than)
}

/// Installs Debian packages where that needs nobody's password, else says exactly what to type.
fn apt(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if on_path(&["apt-get"]).is_none() {
        bail!("please install, by the means of this system: {list}");
    }
    let Some(root) = as_root() else {
        bail!("please run: sudo apt-get install --no-install-recommends {list}");
    };
    let apt = |arguments: &[&str]| -> Command {
        let mut command = program(root.first().map_or("apt-get", |sudo| sudo));
        command.args(root.iter().skip(1)).env("DEBIAN_FRONTEND", "noninteractive");
        if !root.is_empty() {
            command.arg("apt-get");
        }
        command.args(arguments);
        command
    };
    let install: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].into_iter().chain(packages.iter().copied()).collect();
    // A machine that was never updated knows no packages; one that was may be long out of date.
    if !succeeds(&mut apt(&install))? {
        must(&mut apt(&["update"]))?;
        must(&mut apt(&install))?;
    }
    Ok(())
}

/// What to put before a command so that it runs as root: nothing, `sudo -n`, or no way.
fn as_root() -> Option<Vec<&'static str>> {
    if rustix::process::geteuid().is_root() {
        return Some(Vec::new());
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output().is_ok_and(|output| output.status.success());
    sudo.then(|| vec!["sudo", "-n"])
}
