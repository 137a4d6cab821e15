//! Who may use whom.

use super::{
    super::metadata::{Metadata, Package},
    Source,
};

/// What each of our crates may use of the others. A crate that is not named may use none.
const MAY_USE: &[(&str, &[&str])] = &[
    ("frontend", &["app"]),
    ("app", &["slipway-protocol", "slipway-markdown", "slipway-engine"]),
    (
        "slipway",
        &[
            "app",
            "slipway-agent",
            "slipway-engine",
            "slipway-git",
            "slipway-github",
            "slipway-protocol",
            "slipway-sandbox",
            "slipway-store",
        ],
    ),
    (
        "slipway-engine",
        &[
            "slipway-agent",
            "slipway-git",
            "slipway-github",
            "slipway-markdown",
            "slipway-protocol",
            "slipway-sandbox",
            "slipway-store",
        ],
    ),
    ("slipway-store", &["slipway-protocol", "slipway-markdown"]),
    ("slipway-agent", &["slipway-protocol", "slipway-sandbox", "slipway-keeper"]),
    ("slipway-git", &["slipway-protocol", "slipway-sandbox"]),
    ("slipway-github", &["slipway-protocol"]),
    ("slipway-sandbox", &["slipway-keeper"]),
];

/// Packages that only these crates may use.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["slipway-store"]),
    ("octocrab", &["slipway-github"]),
    ("oauth2", &["slipway-github"]),
    ("leptos", &["app", "frontend", "slipway"]),
    ("leptos_axum", &["app", "slipway"]),
    ("tower-sessions", &["slipway"]),
    ("pulldown-cmark", &["slipway-markdown"]),
    ("syntect", &["slipway-engine"]),
    ("object_store", &["slipway-engine"]),
    ("async-compression", &["slipway-engine"]),
    ("wasm-bindgen-cli-support", &["xtask"]),
];

pub(super) fn wrong(metadata: &Metadata) -> Vec<String> {
    let ours: Vec<&str> = metadata.members().map(|package| package.name.as_str()).collect();
    let mut found = Vec::new();
    for package in metadata.members() {
        let may = MAY_USE.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |(_, may)| may);
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let in_tests = dependency.kind.as_deref() == Some("dev");
            // A test may play a neighbour's part.
            if ours.contains(&name) && !may.contains(&name) && !in_tests {
                found.push(format!("{} -> {name}", package.name));
            }
        }
    }
    found.extend(metadata.members().filter_map(engine_in_browser));
    found
}

/// Everything in `app` that reaches the server's side stands under the native target.
fn engine_in_browser(package: &Package) -> Option<String> {
    let server_side = ["slipway-engine", "axum", "leptos_axum"];
    let stray = package.dependencies.iter().find(|dependency| {
        package.name == "app"
            && server_side.contains(&dependency.name.as_str())
            && dependency.target.is_none()
    })?;
    Some(format!("app -> {} also in the browser", stray.name))
}

pub(super) fn strays(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in metadata.members() {
        for dependency in &package.dependencies {
            let home = HOMES.iter().find(|(name, _)| *name == dependency.name);
            if home.is_some_and(|(_, homes)| !homes.contains(&package.name.as_str())) {
                found.push(format!("{} -> {}", package.name, dependency.name));
            }
            // Browser and server share it: plain data, no I/O, no clock.
            if package.name == "slipway-protocol" && dependency.kind.is_none() && dependency.name != "serde" {
                found.push(format!("slipway-protocol -> {}", dependency.name));
            }
        }
    }
    found
}

/// What the workspace pins for all, but nobody uses.
pub(super) fn unused(metadata: &Metadata, sources: &[Source]) -> Vec<String> {
    let manifest =
        sources.iter().find(|source| source.path == "Cargo.toml").and_then(|source| source.text.as_ref());
    let manifest: Option<toml::Table> = manifest.and_then(|text| text.parse().ok());
    let shared = manifest.as_ref().and_then(|table| table.get("workspace")?.get("dependencies")?.as_table());
    let Some(shared) = shared else { return vec!["Cargo.toml has no [workspace.dependencies]".to_owned()] };
    let used = |name: &str| {
        metadata
            .members()
            .any(|package| package.dependencies.iter().any(|dependency| dependency.name == name))
    };
    shared.keys().filter(|name| !used(name)).map(|name| format!("Cargo.toml: {name}")).collect()
}

pub(super) fn unnamed(metadata: &Metadata, sources: &[Source]) -> Vec<String> {
    let map = sources
        .iter()
        .find(|source| source.path == "ARCHITECTURE.md")
        .and_then(|source| source.text.as_ref());
    let Some(map) = map else { return vec!["there is no ARCHITECTURE.md".to_owned()] };
    metadata
        .members()
        .filter_map(|package| package.manifest_path.parent()?.file_name()?.to_str())
        .filter(|folder| !map.contains(&format!("{folder}/")))
        .map(|folder| format!("{folder}/ is not named in ARCHITECTURE.md"))
        .collect()
}
