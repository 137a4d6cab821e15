//! Classes in a style sheet.

use std::collections::BTreeSet;

/// The classes that rules of this style sheet select.
pub(crate) fn classes(sheet: &str) -> BTreeSet<String> {
    selectors(sheet).iter().flat_map(|selector| names(selector)).collect()
}

/// What stands before each `{`: selectors, and the heads of at-rules, which name no class.
fn selectors(sheet: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut chars = sheet.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut before = ' ';
                for inside in chars.by_ref() {
                    if before == '*' && inside == '/' {
                        break;
                    }
                    before = inside;
                }
            }
            '\\' => {
                text.push(char);
                text.extend(chars.next());
            }
            '"' | '\'' => {
                text.push(char);
                while let Some(inside) = chars.next() {
                    text.push(inside);
                    if inside == '\\' {
                        text.extend(chars.next());
                    } else if inside == char {
                        break;
                    }
                }
            }
            '{' => {
                let head = std::mem::take(&mut text);
                if !head.trim_start().starts_with('@') {
                    found.push(head);
                }
            }
            '}' | ';' => text.clear(),
            _ => text.push(char),
        }
    }
    found
}

/// The class names of a selector, unescaped.
fn names(selector: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = selector.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '.' => {
                let mut name = String::new();
                while let Some(&next) = chars.peek() {
                    if next == '\\' {
                        chars.next();
                        name.extend(escaped(&mut chars));
                    } else if next.is_alphanumeric() || next == '-' || next == '_' || !next.is_ascii() {
                        name.push(next);
                        chars.next();
                    } else {
                        break;
                    }
                }
                if !name.is_empty() {
                    found.push(name);
                }
            }
            _ => {}
        }
    }
    found
}

/// What an escape stands for: a code point in hexadecimal (and one space after it), or the next character itself.
fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let mut digits = String::new();
    while digits.len() < 6 {
        match chars.peek() {
            Some(&digit) if digit.is_ascii_hexdigit() => {
                digits.push(digit);
                chars.next();
            }
            _ => break,
        }
    }
    if digits.is_empty() {
        return chars.next();
    }
    if chars.peek() == Some(&' ') {
        chars.next();
    }
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped() {
        let sheet = r".flex{display:flex}.hover\:x:hover{color:red}.text-\[15px\]{}.\32xl{}.p-0\.5,.a>.b{}";
        let found: Vec<String> = classes(sheet).into_iter().collect();
        assert_eq!(found, ["2xl", "a", "b", "flex", "hover:x", "p-0.5", "text-[15px]"]);
    }

    #[test]
    fn values_comments_and_strings_are_no_names() {
        let sheet = "/* .no{} */ @media (width >= 1.5rem) { .yes { width: 1.5rem; content: '.no{' } }";
        assert_eq!(classes(sheet).into_iter().collect::<Vec<_>>(), ["yes"]);
    }
}
