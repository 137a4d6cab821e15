//! Classes in Rust sources.

use std::collections::BTreeSet;

/// Every word of every string literal, and every `class:NAME`, that could be a class. More than are used: what is no
/// class makes no rule.
pub(crate) fn candidates(source: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = literals(source)
        .into_iter()
        .flat_map(|literal| literal.text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| could_be_class(word))
        .collect();
    found.extend(directives(source).into_iter().map(|(_, name)| name));
    found
}

/// The classes that `class=` and `class:` attributes name, with their lines.
pub(crate) fn used(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let literals = literals(source);
    for (at, _) in source.match_indices("class=") {
        let whole_word =
            !source[..at].ends_with(|before: char| before.is_alphanumeric() || "_-:".contains(before));
        if !whole_word || literals.iter().any(|literal| literal.start <= at && at < literal.end) {
            continue;
        }
        let value = at + "class=".len();
        let end = value + end_of_value(&source[value..]);
        // The names are the strings of the value that are not themselves compared with something.
        for literal in literals.iter().filter(|literal| value <= literal.start && literal.end <= end) {
            if source[..literal.start].trim_end().ends_with("==")
                || source[..literal.start].trim_end().ends_with("!=")
            {
                continue;
            }
            let line = line_of(source, literal.start);
            found.extend(
                literal
                    .text
                    .split_whitespace()
                    .filter(|word| !word.contains('{') && !word.contains('}'))
                    .map(|word| (line, word.to_owned())),
            );
        }
    }
    found.extend(directives(source));
    found
}

struct Literal {
    /// From the opening quote to behind the closing one.
    start: usize,
    end: usize,
    text: String,
}

/// The string literals of a Rust source, comments and characters skipped.
fn literals(source: &str) -> Vec<Literal> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = source[at..].find('\n').map_or(bytes.len(), |length| at + length);
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = source[at..].find("*/").map_or(bytes.len(), |length| at + length + 2);
            }
            // A character, or a lifetime: `'x'`, `'\n'`, `'a`.
            b'\'' => at += character(&source[at..]),
            b'r' if is_raw(bytes, at) => {
                let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
                let open = at + 1 + hashes;
                let close = format!("\"{}", "#".repeat(hashes));
                let length = source[open + 1..].find(&close).unwrap_or(source.len() - open - 1);
                let end = (open + 1 + length + close.len()).min(source.len());
                let text = source[open + 1..open + 1 + length].to_owned();
                found.push(Literal { start: at, end, text });
                at = end;
            }
            b'"' => {
                let length = plain(&bytes[at..]);
                let inner = source.get(at + 1..(at + length).saturating_sub(1)).unwrap_or_default();
                found.push(Literal { start: at, end: at + length, text: unescape(inner) });
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

fn is_raw(bytes: &[u8], at: usize) -> bool {
    let free = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    let hashes = bytes[at + 1..].iter().take_while(|&&byte| byte == b'#').count();
    free && bytes.get(at + 1 + hashes) == Some(&b'"')
}

/// The length of a character literal; 1 for a lifetime.
fn character(source: &str) -> usize {
    let mut chars = source.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => source[2..].find('\'').map_or(1, |length| {
            // `'\''` closes at its third quote.
            if source.as_bytes().get(2) == Some(&b'\'') { 4 } else { length + 3 }
        }),
        Some((_, _)) => match chars.next() {
            Some((end, '\'')) => end + 1,
            _ => 1,
        },
        None => 1,
    }
}

/// The length of a plain literal that starts here, quotes included.
fn plain(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn unescape(text: &str) -> String {
    text.replace("\\\n", " ").replace("\\n", " ").replace("\\\"", "\"").replace("\\\\", "\\")
}

/// `class:NAME=`.
fn directives(source: &str) -> Vec<(usize, String)> {
    source
        .match_indices("class:")
        .filter(|(at, _)| source[..*at].ends_with(char::is_whitespace))
        .filter_map(|(at, mark)| {
            let rest = &source[at + mark.len()..];
            let name: String =
                rest.chars().take_while(|char| char.is_alphanumeric() || "-_".contains(*char)).collect();
            (!name.is_empty() && rest[name.len()..].starts_with('=')).then(|| (line_of(source, at), name))
        })
        .collect()
}

/// Where an attribute's value ends: at the end of its literal or bracket; a bare expression ends where the next attribute
/// begins or the tag closes.
fn end_of_value(source: &str) -> usize {
    let bytes = source.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += plain(&bytes[at..]);
                if depth == 0 && !source[..at].starts_with("move") && bytes[0] == b'"' {
                    return at;
                }
                continue;
            }
            b'\'' => {
                at += character(&source[at..]);
                continue;
            }
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
                if depth == 0 && matches!(bytes[0], b'(' | b'{' | b'[') {
                    return at + 1;
                }
            }
            b'>' if depth == 0 && at > 0 && !matches!(bytes[at - 1], b'-' | b'=') => return at,
            b'/' if depth == 0 && bytes.get(at + 1) == Some(&b'>') => return at,
            byte if depth == 0 && byte.is_ascii_whitespace() && begins_attribute(&source[at + 1..]) => {
                return at;
            }
            _ => {}
        }
        at += 1;
    }
    at
}

fn begins_attribute(source: &str) -> bool {
    let name = source.trim_start();
    let length =
        name.find(|char: char| !(char.is_alphanumeric() || "-_:".contains(char))).unwrap_or(name.len());
    length > 0 && name[length..].starts_with('=') && !name[length..].starts_with("==")
}

fn could_be_class(word: &str) -> bool {
    word.len() > 1
        && word.len() < 100
        && word.starts_with(|first: char| first.is_ascii_lowercase() || "-[*@!".contains(first))
        && word.chars().all(|char| char.is_ascii_alphanumeric() || "-_:/[]().,%#&>*!@=~+'|".contains(char))
}

fn line_of(source: &str, at: usize) -> usize {
    source[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        used(source).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn every_way_of_naming_a_class_is_seen() {
        assert_eq!(names(r#"<p class="flex gap-2" id="x">"#), ["flex", "gap-2"]);
        assert_eq!(names("<p class:hidden=move || open.get()>"), ["hidden"]);
        assert_eq!(names(r#"<p class=("md:flex", move || wide.get()) role="note">"#), ["md:flex"]);
        assert_eq!(
            names(r#"<p class=move || if open.get() { "a1" } else { "b1" } title="no">"#),
            ["a1", "b1"]
        );
        assert_eq!(names(r#"<p class={format!("row {}", "tall")}>"text"</p>"#), ["row", "tall"]);
        assert_eq!(names(r#"<p class=style("x")>"text"</p>"#), ["x"]);
        assert_eq!(
            names("<p\n  class=move || {\n    match kind { Kind::A => \"k-a\", _ => \"k-b\" }\n  }\n>"),
            ["k-a", "k-b"]
        );
    }

    #[test]
    fn what_is_no_class_is_not_seen() {
        assert_eq!(names(r#"<p data-class="a" title="class=b">"#), Vec::<String>::new());
        assert_eq!(names(r#"<p class=move || if name == "x" { "open" } else { "shut" }>"#), ["open", "shut"]);
        assert_eq!(names("// class=\"a\"\n"), Vec::<String>::new());
    }

    #[test]
    fn the_line_is_named() {
        assert_eq!(used("\n\n<p class=\"flex\">"), [(3, "flex".to_owned())]);
    }

    #[test]
    fn candidates_are_the_words_of_all_strings() {
        let found = candidates(
            "let a = \"flex p-2\"; let c = '\"'; let b = r#\"md:grid [&_p]:mt-2\"#; let l: &'a str;",
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["[&_p]:mt-2", "flex", "md:grid", "p-2"]);
    }
}
