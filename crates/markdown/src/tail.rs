//! What of a block that is still growing is fit to be shown.

use std::borrow::Cow;

use crate::blocks::Fence;

/// The part of a growing block that will not look different in a moment: code and tables by whole lines, no half
/// link, and emphasis that has only begun closed for now.
pub fn settled(tail: &str) -> Cow<'_, str> {
    let last_line = tail.rfind('\n').map_or(0, |at| at + 1);
    if is_in_fence(tail) {
        return Cow::Borrowed(&tail[..last_line]);
    }
    let line = &tail[last_line..];
    if line.trim_start().starts_with(['`', '~']) && line.trim().bytes().all(|byte| b"`~".contains(&byte)) {
        return Cow::Borrowed(&tail[..last_line]);
    }
    if line.trim_start().starts_with('|') {
        return Cow::Borrowed(whole_rows(&tail[..last_line]));
    }
    if last_line == tail.len() {
        return Cow::Borrowed(whole_rows(tail));
    }
    close_emphasis(tail, last_line)
}

fn is_in_fence(tail: &str) -> bool {
    let mut fence: Option<Fence> = None;
    for line in tail.split_inclusive('\n') {
        let content = line.trim();
        fence = match fence {
            Some(open) if line.ends_with('\n') && open.is_closed_by(content) => None,
            Some(open) => Some(open),
            None => Fence::opened_by(content, 0, true),
        };
    }
    fence.is_some()
}

/// Without a header row whose table has not begun.
fn whole_rows(tail: &str) -> &str {
    let trimmed = tail.trim_end_matches('\n');
    let start = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let header = trimmed[start..].trim_start().starts_with('|');
    let before = trimmed[..start].lines().next_back().is_some_and(|line| line.trim_start().starts_with('|'));
    if header && !before { &tail[..start] } else { tail }
}

fn close_emphasis(tail: &str, last_line: usize) -> Cow<'_, str> {
    let paragraph = tail[..last_line].rfind("\n\n").map_or(0, |at| at + 2);
    let mut shown = tail;
    let mut code = false;
    let mut strong = false;
    let mut bracket = None;
    let bytes = tail.as_bytes();
    let mut at = paragraph;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'`' => code = !code,
            b'*' if !code && bytes.get(at + 1) == Some(&b'*') => {
                strong = !strong;
                at += 1;
            }
            b'[' if !code => bracket = Some(at),
            b']' if !code && bytes.get(at + 1).is_some_and(|next| *next != b'(') => bracket = None,
            b')' if !code => bracket = None,
            _ => {}
        }
        at += 1;
    }
    if let (Some(start), false) = (bracket, code) {
        shown = tail[..start].trim_end_matches('!');
        // Emphasis that begins inside the held link is not shown yet.
        strong = strong && tail[paragraph..start].matches("**").count() % 2 == 1;
    }
    let bare = shown.trim_end_matches(['*', '`', '_']);
    match (code, strong) {
        (false, false) if bare.len() == shown.len() || !ends_open(shown) => Cow::Borrowed(shown),
        (true, _) if shown.ends_with('`') => Cow::Borrowed(bare),
        (true, _) => Cow::Owned(format!("{shown}`{}", if strong { "**" } else { "" })),
        (false, true) if shown.ends_with('*') => Cow::Borrowed(bare),
        (false, true) => Cow::Owned(format!("{}**", shown.trim_end())),
        (false, false) => Cow::Borrowed(bare),
    }
}

/// The text ends in a single mark that has just begun something.
fn ends_open(shown: &str) -> bool {
    let bare = shown.trim_end_matches(['*', '_']);
    bare.len() < shown.len() && bare.chars().next_back().is_none_or(char::is_whitespace)
}
