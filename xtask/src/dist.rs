//! The release for this platform: two programs that work copied to an empty machine.

use anyhow::{Context as _, Result};

use crate::{
    command::{Build, cargo, must, target},
    site,
};

pub(crate) fn run() -> Result<()> {
    site::build(Build::Release)?;
    programs()?;
    let folder = target().join("dist");
    std::fs::create_dir_all(&folder)?;
    for name in ["slipway", "slipway-keeper"] {
        let built = Build::Release.programs().join(name);
        let placed = folder.join(name);
        // A copy over a running program would be refused; a new file in its place is not.
        std::fs::remove_file(&placed).ok();
        std::fs::copy(&built, &placed).with_context(|| format!("could not copy {}", built.display()))?;
        println!("{} ({:.1} MB)", placed.display(), placed.metadata()?.len() as f64 / 1e6);
    }
    Ok(())
}

/// Both programs with full optimisation, the site inside the server.
pub(crate) fn programs() -> Result<()> {
    must(&mut cargo(&[
        "build",
        "--release",
        "--package=slipway",
        "--package=slipway-keeper",
        "--features=slipway/embed",
    ]))
}
