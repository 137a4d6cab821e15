//! The programs that stories run: the ones that a variable names, else those built beside the test.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// `SLIPWAY_KEEPER`, else the one beside this test.
pub fn keeper() -> PathBuf {
    env::var_os("SLIPWAY_KEEPER").map_or_else(|| beside("slipway-keeper"), PathBuf::from)
}

/// A program of the workspace, built with the same profile as this test.
pub fn beside(program: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    test.ancestors().nth(2).expect("a test lies in a folder of the build").join(program)
}

/// `SLIPWAY_TEST_ISOLATION=host`: stories of git are told without walls, as where there is no bubblewrap.
pub fn bubblewrap() -> Option<PathBuf> {
    let program = PathBuf::from("/usr/bin/bwrap");
    let asked_for = env::var("SLIPWAY_TEST_ISOLATION").as_deref() != Ok("host");
    (asked_for && program.is_file()).then_some(program)
}

/// The path again, if the program is there.
pub fn built(program: PathBuf) -> PathBuf {
    assert!(program.is_file(), "build it first: cargo build --workspace --bins ({})", program.display());
    program
}

/// Says what is missing, which is an error where everything must be there.
#[expect(clippy::print_stdout, reason = "what was not done is said")]
pub fn is_missing(programs: &[&Path]) -> bool {
    let Some(missing) = programs.iter().find(|path| !path.exists()) else { return false };
    let reason = format!("passed over: there is no {}", missing.display());
    assert!(env::var("SLIPWAY_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{reason}");
    println!("{reason}");
    true
}

/// Git as a person runs it, whatever this machine has configured; returns what it prints.
pub fn plain_git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let mut git = Command::new("git");
    git.args(identity).args(arguments).current_dir(folder);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.output().expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}
