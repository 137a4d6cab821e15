//! What is shipped: to a browser before it can do anything, and to who installs it.

use anyhow::{Context as _, Result};

use super::table::Line;
use crate::{command::Build, site};

pub(super) fn measure() -> Result<Vec<Line>> {
    let package = site::folder(Build::Release).join("pkg");
    let mut lines = Vec::new();
    for (name, what) in
        [("app_bg.wasm", "program (wasm)"), ("app.js", "its glue"), ("app.css", "style sheet")]
    {
        let size = |suffix: &str| -> Result<f64> {
            let path = package.join(format!("{name}{suffix}"));
            Ok(path.metadata().with_context(|| format!("{} is missing", path.display()))?.len() as f64
                / 1000.0)
        };
        lines.push(Line::new(format!("{what}, brotli"), size(".br")?, "kB").against("raw", size("")?));
    }
    let server = Build::Release.programs().join("slipway");
    lines.push(Line::new("the server with the site inside", server.metadata()?.len() as f64 / 1e6, "MB"));
    Ok(lines)
}
