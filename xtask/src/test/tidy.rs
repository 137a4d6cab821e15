//! The rules of ARCHITECTURE.md and CONTRIBUTING.md that a program can see.

mod arrows;
mod files;
mod text;

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Tally, metadata::Metadata};
use crate::command::{output, program, root};

/// A file of the project, by its path below the root.
pub(super) struct Source {
    path: String,
    /// None where it is not text.
    text: Option<String>,
}

impl Source {
    fn has_extension(&self, extensions: &[&str]) -> bool {
        extensions.iter().any(|extension| self.path.ends_with(&format!(".{extension}")))
    }

    /// Tests may be as long as their story, and stand beside what they test.
    fn is_test(&self) -> bool {
        self.path.starts_with("end2end/")
            || self
                .path
                .split('/')
                .any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
    }
}

pub(super) fn run() -> Result<Tally> {
    let sources = sources()?;
    let metadata = Metadata::read()?;
    let mut tally = Tally::default();
    let rules: &[(&str, Vec<String>)] = &[
        ("no file is longer than 600 lines", files::too_long(&sources)),
        ("main.rs is a table of contents", files::long_mains(&sources)),
        ("modules have names of their own", files::badly_named(&sources)),
        ("both databases have the same migrations", files::unequal_migrations(&sources)),
        ("lock files name no registry", files::bound_locks(&sources)),
        ("nothing is left unfinished or switched off", text::unfinished(&sources)),
        ("no path of somebody's machine", text::home_paths(&sources)),
        ("programs are started in few places", text::processes(&sources)),
        ("the OpenCode that is fetched is the one that was tested", text::version_fetched(&sources)),
        ("one module of the app is for the server only", text::gates(&sources)),
        ("our crates use each other as the architecture says", arrows::wrong(&metadata)),
        ("other people's packages stay where they belong", arrows::strays(&metadata)),
        ("what is pinned for all is used by somebody", arrows::unused(&metadata, &sources)),
        ("the architecture names every crate", arrows::unnamed(&metadata, &sources)),
    ];
    for (rule, complaints) in rules {
        tally.count(complaints.is_empty());
        if !complaints.is_empty() {
            println!("broken: {rule}");
            for complaint in complaints {
                println!("  {complaint}");
            }
        }
    }
    Ok(tally)
}

/// What git keeps, or would keep.
fn sources() -> Result<Vec<Source>> {
    let list = output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]))
        .context("the tidy check asks git which files are the project's")?;
    let mut sources = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        let file: PathBuf = root().join(path);
        if file.is_file() {
            let text = String::from_utf8(std::fs::read(&file)?).ok();
            sources.push(Source { path: path.to_owned(), text });
        }
    }
    Ok(sources)
}
