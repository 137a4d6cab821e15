//! Colours code: one pass from left to right, by a table for each family of languages.
//!
//! It reads words and marks, not grammar: good enough to read by, small enough to travel to a browser.
//!
//! Invariant: what is written for whole lines stays as it is however many lines follow, so growing code never changes colour.

mod language;
mod markup;

use self::language::{Language, Looks, Quote};
use crate::escape::push;

/// What comes after this much stays plain: a growing block is coloured anew with each frame.
const LONGEST: usize = 32 * 1024;

/// What a piece of code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Comment,
    Text,
    Number,
    Keyword,
    Function,
    Type,
    Added,
    Removed,
}

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Self::Comment => "hl-comment",
            Self::Text => "hl-string",
            Self::Number => "hl-number",
            Self::Keyword => "hl-keyword",
            Self::Function => "hl-function",
            Self::Type => "hl-type",
            Self::Added => "hl-added",
            Self::Removed => "hl-removed",
        }
    }
}

/// Writes code of this language; plain where the language is not known.
pub(crate) fn write(html: &mut String, language: &str, code: &str) {
    let Some(looks) = language::find(language) else { return push(html, code) };
    let end = lines_within(code, LONGEST);
    let (coloured, plain) = code.split_at(end);
    let mut out = Out { html };
    match looks {
        Looks::Words(language) => words(&mut out, language, coloured),
        Looks::Markup => markup::write(&mut out, coloured),
        Looks::Diff => diff(&mut out, coloured),
    }
    push(html, plain);
}

/// The bytes of the whole lines that fit.
fn lines_within(code: &str, most: usize) -> usize {
    if code.len() <= most {
        return code.len();
    }
    code.as_bytes()[..most].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

struct Out<'a> {
    html: &'a mut String,
}

impl Out<'_> {
    fn plain(&mut self, text: &str) {
        push(self.html, text);
    }

    fn piece(&mut self, kind: Kind, text: &str) {
        self.html.push_str("<span class=\"");
        self.html.push_str(kind.class());
        self.html.push_str("\">");
        push(self.html, text);
        self.html.push_str("</span>");
    }
}

fn diff(out: &mut Out<'_>, code: &str) {
    for line in code.split_inclusive('\n') {
        match line.as_bytes().first() {
            Some(b'+') => out.piece(Kind::Added, line),
            Some(b'-') => out.piece(Kind::Removed, line),
            Some(b'@') => out.piece(Kind::Comment, line),
            _ => out.plain(line),
        }
    }
}

fn words(out: &mut Out<'_>, language: &Language, code: &str) {
    let mut at = 0;
    // Behind the last piece that was written.
    let mut done = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let before = code[..at].chars().next_back();
        let (kind, length) = piece(language, before, rest).unwrap_or((None, first.len_utf8()));
        if let Some(kind) = kind {
            out.plain(&code[done..at]);
            out.piece(kind, &rest[..length]);
            done = at + length;
        }
        at += length;
    }
    out.plain(&code[done..]);
}

/// The piece at the start of the rest: what it is, if anything, and how long; none for a mark.
fn piece(language: &Language, before: Option<char>, rest: &str) -> Option<(Option<Kind>, usize)> {
    if let Some(length) = comment(language, before, rest) {
        return Some((Some(Kind::Comment), length));
    }
    if let Some(length) = text(language, rest) {
        let kind = if is_key(language, &rest[length..]) { Kind::Function } else { Kind::Text };
        return Some((Some(kind), length));
    }
    let first = rest.chars().next()?;
    if first.is_ascii_digit() {
        return Some((Some(Kind::Number), number(rest)));
    }
    let length = word(language, rest);
    (length > 0).then(|| (kind_of(language, before, &rest[..length], &rest[length..]), length))
}

fn comment(language: &Language, before: Option<char>, rest: &str) -> Option<usize> {
    let to_line_end = language.line_comments.iter().any(|mark| {
        let may_begin = match *mark {
            // Part of a word in a shell or in YAML.
            "#" | ";" => before.is_none_or(char::is_whitespace),
            // Part of an address.
            "//" => before != Some(':'),
            _ => true,
        };
        may_begin && rest.starts_with(mark)
    });
    if to_line_end {
        return Some(line_end(rest));
    }
    let (open, close) = language.block_comment?;
    let inside = rest.strip_prefix(open)?;
    Some(inside.find(close).map_or(rest.len(), |at| open.len() + at + close.len()))
}

fn text(language: &Language, rest: &str) -> Option<usize> {
    language.quotes.iter().find_map(|quote| quoted(quote, rest))
}

fn quoted(quote: &Quote, rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix(quote.open)?;
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        let length = quote.open.len() + at;
        if std::mem::take(&mut escaped) {
            continue;
        }
        if inside[at..].starts_with(quote.close) {
            return Some(length + quote.close.len());
        }
        if character == '\n' && !quote.lines {
            // One that never ends ends with its line; where it may be something else, it is that.
            return (!quote.short).then_some(length);
        }
        if quote.short && at > 0 && !inside.starts_with('\\') {
            return None;
        }
        escaped = quote.escapes && character == '\\';
    }
    (!quote.short).then_some(rest.len())
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let continues = |at: usize| match bytes[at] {
        b'.' => bytes.get(at + 1).is_some_and(u8::is_ascii_digit),
        byte => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    (0..bytes.len()).find(|at| !continues(*at)).unwrap_or(bytes.len())
}

fn word(language: &Language, rest: &str) -> usize {
    let belongs = |at: usize, character: char| {
        character.is_alphanumeric()
            || character == '_'
            || language.letters.contains(character) && (at > 0 || character != '-')
    };
    rest.char_indices().find(|(at, character)| !belongs(*at, *character)).map_or(rest.len(), |(at, _)| at)
}

fn kind_of(language: &Language, before: Option<char>, word: &str, after: &str) -> Option<Kind> {
    if is_key(language, after) {
        return Some(Kind::Function);
    }
    // What belongs to something may be called like a keyword.
    let is_member = before == Some('.');
    if !is_member || word == "await" {
        let known = language.known(word);
        if known.is_some() {
            return known;
        }
    }
    if !language.names {
        return None;
    }
    let is_called = after.starts_with('(') || after.starts_with('!') && !after.starts_with("!=");
    if !word.starts_with(char::is_uppercase) || is_member && is_called {
        return is_called.then_some(Kind::Function);
    }
    let shouted = word.len() > 1 && !word.contains(char::is_lowercase);
    Some(if shouted { Kind::Number } else { Kind::Type })
}

/// Whether what stands before this is the name of a value.
fn is_key(language: &Language, after: &str) -> bool {
    let Some(mark) = language.key else { return false };
    let Some(value) = after.trim_start_matches([' ', '\t']).strip_prefix(mark) else { return false };
    // An address is no key.
    mark != ':' || value.is_empty() || value.starts_with(char::is_whitespace) || language.tight_keys
}

fn line_end(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}
