//! What browsers load: the program (wasm and its glue), the style sheet, the files of `public/`, each also compressed.

mod snip;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    command::{Build, cargo, must, root, target},
    css, tools,
};

/// The name of the program's files; wasm-bindgen makes `{NAME}_bg.wasm` of it.
const NAME: &str = "app";

/// Where the finished site lies. Checks have their own, so that they never change files under a running Slipway.
pub(crate) fn folder(build: Build) -> PathBuf {
    match build {
        // Not below CARGO_TARGET_DIR: this is where the server looks for what it embeds.
        Build::Release => root().join("target/site"),
        Build::Ci => target().join("ci").join("site"),
        Build::Dev => target().join("dev").join("site"),
    }
}

/// Builds the whole site and returns its folder.
pub(crate) fn build(build: Build) -> Result<PathBuf> {
    finish(build, &program(build)?)
}

/// Makes the site of the compiled program; returns its folder.
fn finish(build: Build, wasm: &Path) -> Result<PathBuf> {
    let site = folder(build);
    let fresh = site.with_extension("new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh)?;
    }
    let package = fresh.join("pkg");
    std::fs::create_dir_all(&package)?;
    bind(wasm, &package, build)?;
    css::build(&package.join(format!("{NAME}.css")), build == Build::Release)?;
    copy(&root().join("public"), &fresh)?;
    compress(&fresh, build)?;
    if site.exists() {
        // The server embeds it, and is built anew when a file of it is written, be it the same again.
        if content(&site)? == content(&fresh)? {
            std::fs::remove_dir_all(&fresh)?;
            return Ok(site);
        }
        std::fs::remove_dir_all(&site)?;
    }
    std::fs::rename(&fresh, &site)?;
    Ok(site)
}

/// The files below a folder, each by its path there.
fn content(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut content = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if entry.file_type()?.is_dir() {
            let below = self::content(&entry.path())?;
            content.extend(below.into_iter().map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            content.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(content)
}

/// Compiles the browser's program; returns the wasm file as the compiler left it.
pub(crate) fn program(build: Build) -> Result<PathBuf> {
    tools::wasm_target()?;
    let profile = build.wasm_profile();
    let compiled = match build {
        // In a folder of its own: in one folder cargo builds one thing at a time, and here the server is built beside it.
        Build::Dev => target().join("dev"),
        Build::Ci | Build::Release => target(),
    };
    must(
        cargo(&["build", "--package=frontend", "--target=wasm32-unknown-unknown", "--profile", profile])
            .env("CARGO_TARGET_DIR", &compiled),
    )?;
    Ok(compiled.join("wasm32-unknown-unknown").join(profile).join("frontend.wasm"))
}

/// What `wasm-bindgen --target web` does.
fn bind(wasm: &Path, out: &Path, build: Build) -> Result<()> {
    let program = std::fs::read(wasm).with_context(|| format!("could not read {}", wasm.display()))?;
    // Who waits for an edit waits for nothing that only makes it smaller.
    let program = if build == Build::Dev { program } else { snip::snip(&program)? };
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(NAME, program).out_name(NAME).typescript(false);
    bindgen.keep_debug(false).remove_name_section(true).remove_producers_section(true);
    bindgen.web(true)?.generate(out).context("wasm-bindgen could not finish the browser's program")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes `FILE.br` and `FILE.gz` beside each file that gets smaller by it.
fn compress(folder: &Path, build: Build) -> Result<()> {
    let (brotli_level, gzip_level) = match build {
        Build::Release => (11, flate2::Compression::best()),
        Build::Ci => (5, flate2::Compression::fast()),
        Build::Dev => return Ok(()),
    };
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path, build)?;
            continue;
        }
        let kind = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !matches!(kind, "wasm" | "js" | "css" | "svg" | "html" | "json" | "txt" | "webmanifest") {
            continue;
        }
        let plain = std::fs::read(&path)?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), gzip_level);
        gzip.write_all(&plain)?;
        keep_if_smaller(&path, "gz", &gzip.finish()?, plain.len())?;
        keep_if_smaller(&path, "br", &brotli(&plain, brotli_level)?, plain.len())?;
    }
    Ok(())
}

pub(crate) fn brotli(plain: &[u8], level: i32) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: level, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &plain[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn keep_if_smaller(path: &Path, suffix: &str, bytes: &[u8], plain: usize) -> Result<()> {
    if bytes.len() < plain {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(suffix);
        std::fs::write(PathBuf::from(name), bytes)?;
    }
    Ok(())
}
