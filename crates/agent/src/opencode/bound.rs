//! What an agent says may be of any length; what is kept is not.

/// A tool's output. Two megabytes are kept of a text; this leaves room for the line that says what is missing.
pub(super) const OUTPUT: usize = 2 * 1024 * 1024 - 256;
/// What is streamed of a tool's output while it grows.
pub(super) const STREAMED: usize = 256 * 1024;
/// A change as a diff.
pub(super) const DIFF: usize = 64 * 1024;
/// What a tool was given.
pub(super) const INPUT: usize = 16 * 1024;
/// What stands in one line for a person.
pub(super) const LINE: usize = 300;
/// A sentence.
pub(super) const SENTENCE: usize = 400;

/// The whole text where it is short enough, else its beginning and its end, with a line between that says what is missing.
pub(super) fn middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let head = head(text, limit / 2);
    let tail = tail(text, limit / 2);
    joined(head, text.len() - head.len() - tail.len(), tail)
}

/// Beginning and end of a text of which `missing` bytes are not there.
pub(super) fn joined(head: &str, missing: usize, tail: &str) -> String {
    let amount =
        if missing < 10 * 1024 { format!("{missing} bytes") } else { format!("{} KiB", missing / 1024) };
    format!("{}\n[... {amount} left out ...]\n{}", head.trim_end_matches('\n'), tail)
}

/// At most so many bytes of the beginning.
pub(super) fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// At most so many bytes of the end.
pub(super) fn tail(text: &str, limit: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(limit))..]
}

/// The first line that says something, with an ellipsis where there is more.
pub(super) fn line(text: &str, limit: usize) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let short = head(first, limit);
    let more = short.len() < first.len() || lines.next().is_some();
    if more { format!("{} …", short.trim_end()) } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_ends() {
        let text = format!("{}{}", "a\n".repeat(40), "ü".repeat(40));
        assert_eq!(middle(&text, 21), format!("{}\n[... 140 bytes left out ...]\nüüüüü", "a\na\na\na\na"));
        assert_eq!(middle("short", 10), "short");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line("\n  cargo test \n", 20), "cargo test");
        assert_eq!(line("cat <<EOF\nx\nEOF", 20), "cat <<EOF …");
        assert_eq!(line("ü".repeat(20).as_str(), 5), "üü …");
    }
}
