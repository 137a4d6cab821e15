//! Names and sizes.

use std::collections::BTreeSet;

use super::Source;

const LONGEST: usize = 600;
const LONGEST_MAIN: usize = 60;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "common", "misc", "services"];

pub(super) fn too_long(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.has_extension(&["rs", "css", "sql", "ts"]) && !source.is_test())
        .filter_map(|source| longer_than(source, LONGEST))
        .collect()
}

pub(super) fn long_mains(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.path.ends_with("/main.rs"))
        .filter_map(|source| longer_than(source, LONGEST_MAIN))
        .collect()
}

fn longer_than(source: &Source, most: usize) -> Option<String> {
    let lines = source.text.as_ref()?.lines().count();
    (lines > most).then(|| format!("{}: {lines} lines, {most} are allowed", source.path))
}

/// `foo.rs` beside `foo/` instead of `foo/mod.rs`; nouns instead of drawers.
pub(super) fn badly_named(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.has_extension(&["rs", "ts"]))
        .filter(|source| {
            source.path.ends_with("/mod.rs")
                || source
                    .path
                    .split('/')
                    .any(|part| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default()))
        })
        .map(|source| source.path.clone())
        .collect()
}

pub(super) fn unequal_migrations(sources: &[Source]) -> Vec<String> {
    let names = |folder: &str| -> BTreeSet<&str> {
        sources.iter().filter_map(|source| source.path.strip_prefix(folder)).collect()
    };
    let (sqlite, postgres) = (names("migrations/sqlite/"), names("migrations/postgres/"));
    sqlite
        .symmetric_difference(&postgres)
        .map(|name| format!("migrations/*/{name} is there for one only"))
        .collect()
}

/// A lock file with download addresses works only where that registry is.
pub(super) fn bound_locks(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.path.ends_with("package-lock.json"))
        .filter(|source| source.text.as_ref().is_some_and(|text| text.contains("\"resolved\"")))
        .map(|source| source.path.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: Some(text.to_owned()) }
    }

    #[test]
    fn long_files_are_named_and_tests_are_not() {
        let long = "\n".repeat(601);
        let found =
            too_long(&[source("a/b.rs", &long), source("a/tests/b.rs", &long), source("a/c.md", &long)]);
        assert_eq!(found, ["a/b.rs: 601 lines, 600 are allowed"]);
    }

    #[test]
    fn drawers_are_found() {
        let found = badly_named(&[
            source("a/src/utils.rs", ""),
            source("a/src/mod.rs", ""),
            source("a/common/b.rs", ""),
            source("a/src/common_sense.rs", ""),
        ]);
        assert_eq!(found, ["a/src/utils.rs", "a/src/mod.rs", "a/common/b.rs"]);
    }

    #[test]
    fn a_migration_for_one_database_only_is_found() {
        let found = unequal_migrations(&[
            source("migrations/sqlite/1_a.sql", ""),
            source("migrations/postgres/1_a.sql", ""),
            source("migrations/sqlite/2_b.sql", ""),
        ]);
        assert_eq!(found, ["migrations/*/2_b.sql is there for one only"]);
    }
}
