//! The rules of `deny.toml`: licences, banned packages, packages that must be there once, sources.
//!
//! cargo-deny reads the same file and looks deeper, but takes minutes to build, so it runs where it is installed. What
//! matters is checked here in every run, from what cargo itself says.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{
    Tally, licences,
    metadata::{Metadata, Package},
};
use crate::{
    command::{cargo, root, succeeds},
    tools,
};

/// The parts of `deny.toml` that are checked here. Unknown ones are cargo-deny's.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
    /// Who may use it all the same.
    #[serde(default)]
    wrappers: Vec<String>,
    /// Not banned, but at most one version of it may be there.
    #[serde(rename = "deny-multiple-versions", default)]
    once: bool,
}

#[derive(Deserialize)]
struct Sources {
    #[serde(rename = "allow-registry")]
    registries: Vec<String>,
}

pub(super) fn run() -> Result<Tally> {
    let text = std::fs::read_to_string(root().join("deny.toml")).context("could not read deny.toml")?;
    let rules: Rules = toml::from_str(&text).context("deny.toml is not what this check expects")?;
    let metadata = Metadata::read()?;
    let mut tally = Tally::default();
    for package in &metadata.packages {
        let complaints = judge(package, &metadata, &rules);
        for complaint in &complaints {
            println!("{} {}: {complaint}", package.name, package.version);
        }
        tally.count(complaints.is_empty());
    }
    for complaint in doubled(&metadata.packages, &rules) {
        println!("{complaint}");
        tally.count(false);
    }
    if tools::has_cargo("deny") {
        let deny = ["deny", "--locked", "check", "bans", "licenses", "sources"];
        tally.count(succeeds(&mut cargo(&deny))?);
    }
    Ok(tally)
}

/// What is wrong with one package.
fn judge(package: &Package, metadata: &Metadata, rules: &Rules) -> Vec<String> {
    let mut complaints = Vec::new();
    let Some(source) = &package.source else { return complaints };
    if let Some(ban) = rules.bans.deny.iter().find(|ban| ban.name == package.name && !ban.once) {
        let others = metadata.users_of(package).filter(|user| !ban.wrappers.iter().any(|name| name == user));
        let others: Vec<_> = others.collect();
        if ban.wrappers.is_empty() || !others.is_empty() {
            complaints.push(format!("is banned, and used by {}: {}", others.join(", "), ban.reason));
        }
    }
    if !rules.sources.registries.iter().any(|registry| source == &format!("registry+{registry}")) {
        complaints.push(format!("comes from {source}"));
    }
    let mut allow = rules.licenses.allow.clone();
    for exception in rules.licenses.exceptions.iter().filter(|exception| exception.name == package.name) {
        allow.extend(exception.allow.iter().cloned());
    }
    match &package.license {
        None => complaints.push("names no licence".to_owned()),
        Some(licence) => match licences::allowed(licence, &allow) {
            Ok(true) => {}
            Ok(false) => complaints.push(format!("has the licence {licence}, which is not allowed")),
            Err(error) => complaints.push(format!("{error:#}")),
        },
    }
    complaints
}

/// Frameworks that would not work together, or would be shipped twice, in two versions.
fn doubled(packages: &[Package], rules: &Rules) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    rules
        .bans
        .deny
        .iter()
        .filter(|ban| ban.once)
        .filter_map(|ban| {
            let found = versions.get(ban.name.as_str()).filter(|found| found.len() > 1)?;
            Some(format!("{} is there in {} versions ({found:?}): {}", ban.name, found.len(), ban.reason))
        })
        .collect()
}
