//! Running other programs: where the workspace is, which cargo to call, and errors that name the command.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// Which of the workspace's profiles a build uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Quick to build; every check.
    Ci,
    /// The same programs, with what only browsers far away need left out; `run --dev`.
    Dev,
    /// What people run.
    Release,
}

impl Build {
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Ci | Self::Dev => "ci",
            Self::Release => "release",
        }
    }

    pub(crate) fn wasm_profile(self) -> &'static str {
        match self {
            Self::Ci | Self::Dev => "ci",
            Self::Release => "wasm-release",
        }
    }

    /// Where cargo puts this build's programs.
    pub(crate) fn programs(self) -> PathBuf {
        target().join(self.profile())
    }
}

/// The workspace's folder. Cargo says where this package is each time it runs it, so a moved clone is found too.
pub(crate) fn root() -> PathBuf {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
    let root = package.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf())
}

/// The build folder, `target` unless `CARGO_TARGET_DIR` says otherwise.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Builds all programs as checks and `run --dev` use them. The whole workspace is named, so that this build and `cargo test`
/// agree on the features of what they share.
pub(crate) fn programs_for_checks() -> Result<()> {
    must(&mut cargo(&["build", "--profile=ci", "--workspace", "--bins", "--locked"]))
}

/// A program, to be run in the workspace's folder.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Cargo, as a person calls it: not by the path that runs this, and without hearing that a cargo runs it. Else some packages (ring)
/// count as changed, and `cargo build` after `cargo xtask` would build half of the workspace again.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = program("cargo");
    let of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_package)) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// What was asked for, in one line, as a person would type it.
pub(crate) fn spelled(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs to the end and says whether it went well; its output goes where ours goes.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool> {
    println!("$ {}", spelled(command));
    let status = command.status().with_context(|| format!("could not start `{}`", spelled(command)))?;
    Ok(status.success())
}

/// As [`succeeds`], but a failure is an error.
pub(crate) fn must(command: &mut Command) -> Result<()> {
    if !succeeds(command)? {
        bail!("`{}` failed", spelled(command));
    }
    Ok(())
}

/// What a command prints. Its failure is an error that holds what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("could not start `{}`", spelled(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", spelled(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` did not print text", spelled(command)))
}

/// Waits for a child until the deadline; then it is killed and `None` returned.
pub(crate) fn wait_until(child: &mut Child, deadline: Instant) -> Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The first of these programs found on `PATH`.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| is_program(file)))
}

pub(crate) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
