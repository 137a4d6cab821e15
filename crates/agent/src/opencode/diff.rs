//! Unified diffs as OpenCode makes them: absolute paths made relative, the length bounded, lines counted.

use std::path::Path;

use super::bound;

const LEFT_OUT: &str = "\\ The rest of this change is left out.\n";

/// A change of one file or several, each beginning with a line `Index: PATH`.
pub(super) fn tidy(diff: &str, checkout: &Path) -> String {
    let mut tidy = String::new();
    let mut in_head = true;
    for line in diff.split_inclusive('\n') {
        in_head = (in_head || line.starts_with("Index: ")) && !line.starts_with("@@");
        let start = ["Index: ", "--- ", "+++ "].into_iter().find(|start| in_head && line.starts_with(start));
        match start {
            Some(start) => {
                let path = line[start.len()..].split('\t').next().unwrap_or_default().trim_end();
                tidy.push_str(start);
                tidy.push_str(&relative(path, checkout));
                tidy.push('\n');
            }
            None if in_head && line.starts_with("=====") => {}
            None => tidy.push_str(line),
        }
    }
    bounded(tidy)
}

/// The change that makes a file.
pub(super) fn of_new_file(path: &str, content: &str) -> String {
    let lines = content.lines().count();
    let mut diff = format!("Index: {path}\n--- /dev/null\n+++ {path}\n@@ -0,0 +1,{lines} @@\n");
    for line in content.split_inclusive('\n') {
        diff.push('+');
        diff.push_str(line);
    }
    if !content.is_empty() && !content.ends_with('\n') {
        diff.push_str("\n\\ No newline at end of file\n");
    }
    bounded(diff)
}

/// Lines added and removed.
pub(super) fn count(diff: &str) -> (u32, u32) {
    let mut in_head = true;
    let (mut added, mut removed) = (0, 0);
    for line in diff.lines() {
        in_head = (in_head || line.starts_with("Index: ")) && !line.starts_with("@@");
        match line.as_bytes().first() {
            Some(b'+') if !in_head => added += 1,
            Some(b'-') if !in_head => removed += 1,
            _ => {}
        }
    }
    (added, removed)
}

/// A path as people read it: from the checkout on where it is inside.
pub(super) fn relative(path: &str, checkout: &Path) -> String {
    match Path::new(path).strip_prefix(checkout) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".into(),
        Ok(inside) => inside.to_string_lossy().into_owned(),
        Err(_) => path.strip_prefix("./").unwrap_or(path).to_owned(),
    }
}

fn bounded(diff: String) -> String {
    if diff.len() <= bound::DIFF {
        return diff;
    }
    let head = bound::head(&diff, bound::DIFF);
    let whole_lines = head.rfind('\n').map_or("", |end| &head[..=end]);
    format!("{whole_lines}{LEFT_OUT}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKOUT: &str = "/workspace";

    #[test]
    fn heads_are_tidied_and_lines_kept() {
        let diff = "Index: /workspace/a.sql\n======\n--- /workspace/a.sql\told\n+++ /workspace/a.sql\n@@ -1,2 +1,2 @@\n \
                    x\n--- /workspace/old comment\n+-- new comment\n";
        let tidied = tidy(diff, Path::new(CHECKOUT));
        assert_eq!(
            tidied,
            "Index: a.sql\n--- a.sql\n+++ a.sql\n@@ -1,2 +1,2 @@\n x\n--- /workspace/old comment\n+-- new comment\n"
        );
        assert_eq!(count(&tidied), (1, 1));
    }

    #[test]
    fn each_file_of_a_change_has_a_head_of_its_own() {
        let file = |name: &str| {
            format!(
                "Index: /workspace/{name}\n=====\n--- /workspace/{name}\n+++ /workspace/{name}\n@@ -1 +1 @@\n-a\n++++ b\n"
            )
        };
        let tidied = tidy(&(file("a.txt") + &file("b.txt")), Path::new(CHECKOUT));
        let expected = |name| format!("Index: {name}\n--- {name}\n+++ {name}\n@@ -1 +1 @@\n-a\n++++ b\n");
        assert_eq!(tidied, expected("a.txt") + &expected("b.txt"));
        assert_eq!(count(&tidied), (2, 2));
    }

    #[test]
    fn a_new_file_is_all_added() {
        let diff = of_new_file("a.txt", "one\ntwo");
        assert_eq!(
            diff,
            "Index: a.txt\n--- /dev/null\n+++ a.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n"
        );
        assert_eq!(count(&diff), (2, 0));
        assert_eq!(count(&of_new_file("a.txt", "")), (0, 0));
    }

    #[test]
    fn a_long_change_ends_at_a_line() {
        let diff = of_new_file("a.txt", &"0123456789\n".repeat(10_000));
        assert!(diff.len() <= bound::DIFF + LEFT_OUT.len());
        assert!(diff.ends_with(&format!("+0123456789\n{LEFT_OUT}")));
    }

    #[test]
    fn paths_are_told_from_the_checkout_on() {
        let paths = ["/workspace/src/a.rs", "/workspace", "./b.rs", "/etc/hosts"]
            .map(|path| relative(path, Path::new(CHECKOUT)));
        assert_eq!(paths, ["src/a.rs", ".", "b.rs", "/etc/hosts"]);
    }
}
