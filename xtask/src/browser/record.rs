//! `cargo xtask record`: finds out which functions of the browser's program a page needs to come alive, and keeps the others' marks
//! in `frontend/rest.txt`. To be run when a page has changed much; until then the first half is larger than it must be.

use anyhow::{Context as _, Result};

use crate::{
    browser,
    command::{Build, must, target},
    site::{self, rest::Rest},
};

pub(crate) fn run() -> Result<()> {
    // What people load, served by what is quick to build.
    let mut story = browser::story(Build::Ci, "record.config.ts")?;
    let (counted, names) = site::counted()?;
    let file = std::path::absolute(target().join("record/called.json"))?;
    std::fs::remove_file(&file).ok();
    must(story.env("SLIPWAY_SITE", std::path::absolute(counted)?).env("SLIPWAY_CALLED", &file))?;
    let text = std::fs::read_to_string(&file).context("the browser left no list of functions")?;
    let numbers: Vec<usize> = serde_json::from_str(&text)?;
    let called = numbers.iter().filter_map(|number| names.get(*number).map(String::as_str)).collect();
    let rest = Rest::of(&names, &called);
    rest.write()?;
    println!("{} functions, {} called; {} names belong to the rest", names.len(), numbers.len(), rest.len());
    // The same story once more, with nothing but the first half.
    let site = std::path::absolute(site::build(Build::Release)?)?;
    must(story.env("SLIPWAY_SITE", site).env_remove("SLIPWAY_CALLED"))
}
