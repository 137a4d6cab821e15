//! What a browser loads before it can do anything.

use anyhow::{Context as _, Result};

use super::Figure;
use crate::{command::Build, site};

pub(super) fn measure() -> Result<Vec<Figure>> {
    let package = site::folder(Build::Release).join("pkg");
    let mut figures = Vec::new();
    let mut whole = 0.0;
    for (name, what) in
        [("app_bg.wasm", "program (wasm)"), ("app.js", "its glue"), ("app.css", "style sheet")]
    {
        for (suffix, how) in [("", "raw"), (".br", "brotli")] {
            let path = package.join(format!("{name}{suffix}"));
            let size =
                path.metadata().with_context(|| format!("{} is missing", path.display()))?.len() as f64;
            figures.push(Figure::new(format!("{what}, {how}"), size / 1000.0, "kB"));
            if how == "brotli" {
                whole += size;
            }
        }
    }
    figures.push(Figure::new("all three, brotli", whole / 1000.0, "kB"));
    let server = Build::Release.programs().join("slipway");
    figures.push(Figure::new("the server with the site inside", server.metadata()?.len() as f64 / 1e6, "MB"));
    Ok(figures)
}
