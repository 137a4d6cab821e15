//! The style sheet: Tailwind's classes generated in Rust from `style/main.css` and the classes found in the sources.
//!
//! The generator (ironframe) looks for classes in HTML and misses some of the ways Leptos writes them, so the candidates
//! are collected here and named to it one by one. What it cannot generate would go missing without a word; [`missing`]
//! turns that into an error.

pub(crate) mod scan;
pub(crate) mod sheet;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::command::{root, target};

/// Whose sources hold classes: pages, and HTML made from Markdown or code.
const SOURCES: &[&str] = &["app/src", "crates/markdown/src", "crates/engine/src"];

/// A style sheet, in order.
const MAIN: &str = "style/main.css";

/// Writes the finished style sheet to `out`.
pub(crate) fn build(out: &Path, minify: bool) -> Result<()> {
    let folder = target().join("tw");
    std::fs::create_dir_all(&folder)?;
    let candidates: BTreeSet<String> = sources()?.values().flat_map(|text| scan::candidates(text)).collect();
    let main =
        std::fs::read_to_string(root().join(MAIN)).with_context(|| format!("could not read {MAIN}"))?;
    let input = folder.join("main.css");
    std::fs::write(&input, with_candidates(&main, &root().join("style"), &candidates)?)?;

    if let Some(parent) = out.parent() {
        std::fs::create_dir_all(parent)?;
    }
    ironframe::run(ironframe::Command::Build {
        inputs: Vec::new(),
        out: Some(text_of(out)?),
        input_css: Some(text_of(&input)?),
        compare_css: None,
        minify,
        config: None,
        ignore: Vec::new(),
    })
    .map_err(|error| anyhow!("the style sheet could not be made: {}", error.message))
}

/// The classes of `class=` attributes that no rule of the style sheet names, with where they stand.
pub(crate) fn missing(sheet: &str) -> Result<(usize, Vec<String>)> {
    let known = sheet::classes(sheet);
    let mut used = 0;
    let mut wrong = Vec::new();
    for (path, text) in sources()? {
        for (line, class) in scan::used(&text) {
            used += 1;
            if !known.contains(&class) {
                wrong.push(format!("{}:{line}: no rule for the class `{class}`", path.display()));
            }
        }
    }
    Ok((used, wrong))
}

/// The main style sheet with its own files inlined and the candidates named; the generator looks nowhere else.
fn with_candidates(main: &str, folder: &Path, candidates: &BTreeSet<String>) -> Result<String> {
    let mut sheet = String::new();
    let mut told = false;
    for line in main.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("@import \"tailwindcss\"") {
            sheet.push_str("@import \"tailwindcss\" source(none);\n");
            for class in candidates {
                writeln!(sheet, "@source inline(\"{class}\");")?;
            }
            told = true;
        } else if let Some(name) =
            trimmed.strip_prefix("@import \"./").and_then(|rest| rest.strip_suffix("\";"))
        {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            sheet.push_str(&text);
            sheet.push('\n');
        } else {
            sheet.push_str(line);
            sheet.push('\n');
        }
    }
    ensure!(told, "{MAIN} has no line `@import \"tailwindcss\";`");
    Ok(sheet)
}

fn sources() -> Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    for folder in SOURCES {
        collect(&root().join(folder), &mut found)?;
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path)?;
            let name = path.strip_prefix(root()).unwrap_or(&path).to_path_buf();
            found.insert(name, text);
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String> {
    Ok(path.to_str().context("the clone's path is not text")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_told_the_candidates() {
        let candidates = BTreeSet::from(["md:flex".to_owned(), "p-2".to_owned()]);
        let main = "@import \"tailwindcss\";\n.a { color: red }\n";
        assert_eq!(
            with_candidates(main, Path::new("."), &candidates).unwrap(),
            "@import \"tailwindcss\" source(none);\n@source inline(\"md:flex\");\n@source inline(\"p-2\");\n.a { color: red }\n"
        );
        assert!(with_candidates(".a { color: red }\n", Path::new("."), &candidates).is_err());
    }
}
