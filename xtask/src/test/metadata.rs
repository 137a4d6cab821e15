//! What cargo knows of the workspace and of every package it uses.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::command::{cargo, output};

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

/// A package with what it really uses.
#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    /// None: a folder of ours.
    pub(super) source: Option<String>,
    pub(super) manifest_path: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// None: for the library itself; `dev` or `build` otherwise.
    pub(super) kind: Option<String>,
    pub(super) target: Option<String>,
}

impl Metadata {
    pub(super) fn read() -> Result<Self> {
        let text = output(&mut cargo(&["metadata", "--format-version=1", "--locked"]))?;
        serde_json::from_str(&text).context("cargo metadata printed something unexpected")
    }

    /// Our own packages.
    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The names of the packages that use this one directly.
    pub(super) fn users_of(&self, package: &Package) -> impl Iterator<Item = &str> {
        let users = self.resolve.nodes.iter().filter(|node| node.dependencies.contains(&package.id));
        users.filter_map(|user| Some(&*self.packages.iter().find(|package| package.id == user.id)?.name))
    }
}
