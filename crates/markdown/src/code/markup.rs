//! HTML and its relatives: names of tags, their attributes, and what is quoted inside a tag.

use super::{Kind, Out};

pub(super) fn write(out: &mut Out<'_>, code: &str) {
    let mut rest = code;
    while let Some(start) = rest.find('<') {
        out.plain(&rest[..start]);
        rest = &rest[start..];
        rest = if rest.starts_with("<!--") { comment(out, rest) } else { tag(out, rest) };
    }
    out.plain(rest);
}

fn comment<'a>(out: &mut Out<'_>, rest: &'a str) -> &'a str {
    let end = rest.find("-->").map_or(rest.len(), |at| at + 3);
    let (comment, after) = rest.split_at(end);
    out.piece(Kind::Comment, comment);
    after
}

/// Writes a tag, and returns what follows it.
fn tag<'a>(out: &mut Out<'_>, rest: &'a str) -> &'a str {
    let open = rest.find(|c: char| !matches!(c, '<' | '/' | '!' | '?')).unwrap_or(rest.len());
    let (marks, mut rest) = rest.split_at(open);
    out.plain(marks);
    let mut kind = Kind::Keyword;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '>' => return rest,
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            _ => rest.find(|c: char| !is_name(c)).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(length.max(first.len_utf8()));
        match first {
            '"' | '\'' => out.piece(Kind::Text, piece),
            _ if length == 0 => out.plain(piece),
            _ => out.piece(std::mem::replace(&mut kind, Kind::Function), piece),
        }
        rest = after;
    }
    rest
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '@')
}
