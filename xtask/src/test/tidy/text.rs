//! What must not stand in the sources.

use super::Source;

/// Marks of unfinished work and of tests that do not run. Written in two halves, so that this file is clean itself.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("dbg", "!("),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ig", "nore"),
    concat!(".sk", "ip("),
    concat!(".on", "ly("),
    concat!(".fix", "me("),
];

/// Rust's iterators have methods of these names.
const ONLY_IN_BROWSER_TESTS: &[&str] =
    &[concat!(".sk", "ip("), concat!(".on", "ly("), concat!(".fix", "me(")];

pub(super) fn unfinished(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension(&["rs", "ts", "css", "sql", "toml"])) {
        for (line, text) in lines(source) {
            for mark in UNFINISHED {
                if ONLY_IN_BROWSER_TESTS.contains(mark) && !source.has_extension(&["ts"]) {
                    continue;
                }
                if holds_word(text, mark) {
                    found.push(format!("{}:{line}: {mark}", source.path));
                }
            }
        }
    }
    found
}

/// Folders of a person or of a build machine.
pub(super) fn home_paths(sources: &[Source]) -> Vec<String> {
    let homes = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/")];
    let mut found = Vec::new();
    for source in sources {
        for (line, text) in lines(source) {
            let named = homes.iter().any(|home| {
                text.match_indices(home).any(|(at, _)| {
                    let before = text[..at].chars().next_back();
                    let after = text[at + home.len()..].chars().next();
                    // `…/api/users/x` is no folder, and `/home/` alone is nobody's.
                    !before.is_some_and(char::is_alphanumeric)
                        && after.is_some_and(|after| after.is_alphanumeric() || after == '.')
                })
            });
            if named {
                found.push(format!("{}:{line}", source.path));
            }
        }
    }
    found
}

/// Crates whose work it is to start programs, each with one way of doing it.
const STARTERS: &[&str] = &[
    // Asks OpenCode for its version.
    "crates/agent/src/opencode.rs",
    "crates/git/",
    "crates/keeper/",
    "crates/sandbox/",
    "crates/test-support/",
    // Asks git what was taken in.
    "fuzz/targets/bundle.rs",
    // Asks programs for their versions.
    "server/src/doctor",
    "xtask/",
];

/// Programs are started in few places, so that environment, walls and end of each can be looked at.
pub(super) fn processes(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.has_extension(&["rs"]) && !source.is_test()) {
        if STARTERS.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (line, text) in lines(source) {
            // Test modules stand at the end of a file.
            if text.trim() == "#[cfg(test)]" {
                break;
            }
            if text.contains("process::Command") {
                found.push(format!("{}:{line}: {}", source.path, text.trim()));
            }
        }
    }
    found
}

/// What is fetched is what the translation was tested with.
pub(super) fn version_fetched(sources: &[Source]) -> Vec<String> {
    let fetched = format!("const TESTED_VERSION: &str = \"{}\";", crate::opencode::VERSION);
    let tested = sources.iter().any(|source| {
        source.path.starts_with("crates/agent/") && lines(source).any(|(_, text)| text.ends_with(&fetched))
    });
    if tested { Vec::new() } else { vec![format!("crates/agent has no line that ends with `{fetched}`")] }
}

/// `app` compiles for browser and server; what is for the server only stands behind exactly one gate.
pub(super) fn gates(sources: &[Source]) -> Vec<String> {
    let gate = "#[cfg(not(target_arch = \"wasm32\"))]";
    let mut gated = Vec::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("app/src/")) {
        let lines: Vec<_> = lines(source).collect();
        for (index, (line, text)) in lines.iter().enumerate() {
            if text.contains("cfg(not(target_arch") || text.contains("feature = \"ssr\"") {
                let next = lines.get(index + 1).map_or("", |(_, text)| text.trim());
                if text.trim() == gate && matches!(next, "mod ssr;" | "pub mod ssr;") {
                    gated.push(format!("{}:{line}", source.path));
                } else {
                    found.push(format!("{}:{line}: {}", source.path, text.trim()));
                }
            }
        }
    }
    if gated.len() != 1 {
        found.push(format!("there should be one `mod ssr;` behind the gate, not {}", gated.len()));
    }
    found
}

fn lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source.text.iter().flat_map(|text| text.lines().enumerate().map(|(index, line)| (index + 1, line)))
}

fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let goes_on = |char: char| char.is_alphanumeric() || char == '_';
        let begun_before = word.starts_with(goes_on) && text[..at].ends_with(goes_on);
        let goes_on_after = word.ends_with(goes_on) && text[at + word.len()..].starts_with(goes_on);
        !begun_before && !goes_on_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: Some(text.to_owned()) }
    }

    #[test]
    fn unfinished_work_is_found() {
        let marks = format!("// {}: later\nlet x = {}1);\n", UNFINISHED[0], UNFINISHED[2]);
        assert_eq!(unfinished(&[source("a.rs", &marks)]).len(), 2);
        assert_eq!(unfinished(&[source("a.rs", "items.iter().skip(1)")]), Vec::<String>::new());
        let left_out = format!("test{}'x')", UNFINISHED[6]);
        assert_eq!(unfinished(&[source("a.ts", &left_out)]).len(), 1);
    }

    #[test]
    fn somebodys_folder_is_found() {
        let text = format!(
            "let path = \"{}ann/x\";\n\"https://host/api/home/x\"\n\"/home/\"\n",
            "/ho".to_owned() + "me/"
        );
        assert_eq!(home_paths(&[source("a.rs", &text)]), ["a.rs:1"]);
    }

    #[test]
    fn there_is_one_gate() {
        let good = "#[cfg(not(target_arch = \"wasm32\"))]\nmod ssr;\n";
        assert!(gates(&[source("app/src/lib.rs", good)]).is_empty());
        assert_eq!(gates(&[source("app/src/lib.rs", "")]).len(), 1);
        let second = format!("{good}#[cfg(not(target_arch = \"wasm32\"))]\nuse x;\n");
        assert_eq!(gates(&[source("app/src/lib.rs", &second)]).len(), 1);
    }
}
