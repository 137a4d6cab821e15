//! JSON as people write it in settings: with comments, and with a comma behind the last of a list.

use serde_json::Value;

/// None: it is not that either.
pub(super) fn read(text: &str) -> Option<Value> {
    serde_json::from_str(&strict(text)).ok()
}

/// Comments become blanks, and commas that nothing follows go away; strings stay as they are.
fn strict(text: &str) -> String {
    let mut strict = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}');
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '"' => string(rest),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            _ => letter.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        match letter {
            '/' => strict.push(' '),
            ']' | '}' => {
                let kept = strict.trim_end().strip_suffix(',').map(str::len);
                strict.truncate(kept.unwrap_or(strict.len()));
                strict.push(letter);
            }
            _ => strict.push_str(piece),
        }
        rest = after;
    }
    strict
}

/// The bytes of the string that the text begins with; all of it where it has no end.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;

    #[test]
    fn comments_and_last_commas_are_no_matter() {
        let text = "\u{feff}// a clock\n{ /* of ours */ \"url\": \"http://x//y\", \"text\": \"a \\\" /* no */ ,]\", \"all\": [1, 2, ], }";
        assert_eq!(
            read(text),
            Some(json!({"url": "http://x//y", "text": "a \" /* no */ ,]", "all": [1, 2]}))
        );
        assert_eq!(read("{\"a\": 1} /* no end"), Some(json!({"a": 1})));
        for broken in ["", "{", "{\"a\": \"", "{\"a\" 1}", "\u{1f512}", "/", "[1 2]"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
