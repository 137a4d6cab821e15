//! What touches a checkout, once more without walls.

use std::process::Command;

/// One of each kind of job, and all that is hostile.
const STORIES: [&str; 6] = ["checkouts", "checkpoints", "delivery", "disk", "hostile", "undo"];

#[test]
fn the_same_holds_on_the_host() {
    if std::env::var_os("SLIPWAY_TEST_ISOLATION").is_some() {
        return;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(STORIES).env("SLIPWAY_TEST_ISOLATION", "host").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains(" 0 passed"), "without walls:\n{said}");
}
