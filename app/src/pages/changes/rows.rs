//! The lines of a change as HTML: long changes are one piece for the browser, cut only where a comment stands.

use std::{collections::BTreeSet, fmt::Write as _};

use slipway_protocol::{Colour, DiffLine, FileDiff, LineKind, Side};

/// Where a comment stands.
pub type Place = (Side, u32);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Lines(String),
    Thread(Place),
}

/// `places` are those at which something stands between the lines.
pub fn pieces(diff: &FileDiff, split: bool, places: &BTreeSet<Place>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut html = String::new();
    for hunk in &diff.hunks {
        let _ = write!(
            html,
            "<div class=\"diff-hunk\">{} {}</div>",
            escaped(&hunk.range),
            escaped(&hunk.heading)
        );
        let mut first = true;
        for row in rows(&hunk.lines, split) {
            match row {
                Row::One(line) => unified(&mut html, line, first),
                Row::Two(old, new) => beside(&mut html, old, new, first),
            }
            first = false;
            let mut here = row.places();
            here.retain(|place| places.contains(place));
            for place in here {
                if !html.is_empty() {
                    pieces.push(Piece::Lines(std::mem::take(&mut html)));
                }
                pieces.push(Piece::Thread(place));
            }
        }
    }
    if !html.is_empty() {
        pieces.push(Piece::Lines(html));
    }
    pieces
}

#[derive(Clone, Copy)]
enum Row<'a> {
    One(&'a DiffLine),
    /// Beside one another.
    Two(Option<&'a DiffLine>, Option<&'a DiffLine>),
}

impl Row<'_> {
    fn places(&self) -> Vec<Place> {
        let lines = match self {
            Self::One(line) => [Some(*line), None],
            Self::Two(old, new) => [*old, new.filter(|new| old.is_none_or(|old| !std::ptr::eq(old, *new)))],
        };
        lines.into_iter().flatten().filter_map(DiffLine::place).collect()
    }
}

fn rows(lines: &[DiffLine], split: bool) -> Vec<Row<'_>> {
    if !split {
        return lines.iter().map(Row::One).collect();
    }
    let mut rows = Vec::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        let run = |from: usize, kind| rest[from..].iter().take_while(|line| line.kind == kind).count();
        let removed = run(0, LineKind::Removed);
        let note = if removed > 0 { run(removed, LineKind::Note) } else { 0 };
        let added = run(removed + note, LineKind::Added);
        if removed + added == 0 {
            rows.push(if line.kind == LineKind::Note {
                Row::One(line)
            } else {
                Row::Two(Some(line), Some(line))
            });
            rest = &rest[1..];
            continue;
        }
        let (old, new) = rest.split_at(removed + note);
        for at in 0..(removed + note).max(added) {
            rows.push(Row::Two(old.get(at), new[..added].get(at)));
        }
        rest = &new[added..];
    }
    rows
}

fn unified(html: &mut String, line: &DiffLine, first: bool) {
    let (class, sign) = look(line.kind);
    let place = line.place();
    let of =
        |side: Side, number: Option<u32>| number_of(number, place.filter(|place| place.0 == side), first);
    let _ = write!(
        html,
        "<div class=\"diff-line {class}\">{}{}<span class=\"diff-sign\">{sign}</span><span class=\"diff-text\">{}</span></div>",
        of(Side::Old, line.old),
        of(Side::New, line.new),
        code(line)
    );
}

fn beside(html: &mut String, old: Option<&DiffLine>, new: Option<&DiffLine>, first: bool) {
    let side = |line: Option<&DiffLine>, side: Side| {
        let Some(line) = line else { return "<div class=\"diff-half diff-none\"></div>".to_owned() };
        let (class, sign) = look(line.kind);
        let number = if side == Side::Old { line.old } else { line.new };
        let place = line.place().filter(|place| place.0 == side);
        let kept = if line.kind == LineKind::Kept { "diff-kept" } else { class };
        format!(
            "<div class=\"diff-half {kept}\">{}<span class=\"diff-sign\">{sign}</span><span class=\"diff-text\">{}</span></div>",
            number_of(number, place, first),
            code(line)
        )
    };
    let (left, right) = (side(old, Side::Old), side(new, Side::New));
    let _ = write!(html, "<div class=\"diff-pair\">{left}{right}</div>");
}

fn look(kind: LineKind) -> (&'static str, &'static str) {
    match kind {
        LineKind::Kept => ("", ""),
        LineKind::Added => ("diff-added", "+"),
        LineKind::Removed => ("diff-removed", "-"),
        LineKind::Note => ("diff-note", ""),
    }
}

/// A line's number; a button where one can comment. One of each hunk is in the order of the Tab key, arrows lead on.
fn number_of(number: Option<u32>, place: Option<Place>, first: bool) -> String {
    match (number, place) {
        (None, _) => "<span class=\"diff-number\"></span>".to_owned(),
        (Some(number), None) => format!("<span class=\"diff-number\">{number}</span>"),
        (Some(number), Some((side, _))) => format!(
            "<button type=\"button\" class=\"diff-number diff-comment\" tabindex=\"{}\" data-side=\"{}\" data-line=\"{number}\" \
             aria-label=\"Comment on {}line {number}\">{number}</button>",
            if first { 0 } else { -1 },
            side.slug(),
            if side == Side::Old { "removed " } else { "" },
        ),
    }
}

/// A line's text with its marks and colours. Within a mark there is no colour: that keeps it readable.
fn code(line: &DiffLine) -> String {
    let mut html = String::with_capacity(line.text.len() * 2);
    let mut at = 0;
    for (start, end) in &line.marks {
        coloured(&mut html, line, at, *start);
        let _ = write!(html, "<mark>{}</mark>", slice(line, *start, *end));
        at = *end;
    }
    coloured(&mut html, line, at, line.text.len() as u32);
    html
}

fn coloured(html: &mut String, line: &DiffLine, mut from: u32, to: u32) {
    for (start, end, colour) in &line.colours {
        let (start, end) = ((*start).max(from), (*end).min(to));
        if start >= end {
            continue;
        }
        html.push_str(&slice(line, from, start));
        let class = match colour {
            Colour::Keyword => "hl-keyword",
            Colour::Text => "hl-string",
            Colour::Function => "hl-function",
            Colour::Number => "hl-number",
            Colour::Type => "hl-type",
            Colour::Comment => "hl-comment",
        };
        let _ = write!(html, "<span class=\"{class}\">{}</span>", slice(line, start, end));
        from = end;
    }
    html.push_str(&slice(line, from, to));
}

fn slice(line: &DiffLine, from: u32, to: u32) -> String {
    escaped(line.text.get(from as usize..to as usize).unwrap_or_default())
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use slipway_protocol::{Colour, DiffLine, FileDiff, Hunk, LineKind, Side};

    use super::{Piece, pieces};

    fn line(kind: LineKind, old: Option<u32>, new: Option<u32>, text: &str) -> DiffLine {
        DiffLine { kind, old, new, text: text.into(), marks: Vec::new(), colours: Vec::new() }
    }

    fn diff() -> FileDiff {
        let mut changed = line(LineKind::Added, None, Some(2), "let <b> = 1;");
        changed.marks = vec![(4, 7)];
        changed.colours = vec![(0, 5, Colour::Keyword), (10, 11, Colour::Number)];
        let lines = vec![
            line(LineKind::Kept, Some(1), Some(1), "same"),
            line(LineKind::Removed, Some(2), None, "gone"),
            changed,
            line(LineKind::Added, None, Some(3), "more"),
        ];
        FileDiff { hunks: vec![Hunk { range: "@@".into(), heading: String::new(), lines }], left_out: 0 }
    }

    /// The rows with their tags left out, columns between bars.
    fn plain(html: &str) -> String {
        let breaks = html.replace("</div><div class=\"diff-half", "|<div class=\"diff-half");
        let mut text = String::new();
        let mut inside = false;
        for letter in breaks.replace("</div>", "\n").chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                letter if !inside => text.push(letter),
                _ => {}
            }
        }
        text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn html(split: bool) -> String {
        match pieces(&diff(), split, &BTreeSet::new()).as_slice() {
            [Piece::Lines(html)] => html.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn marks_and_colours_are_drawn_and_text_stays_text() {
        let wanted = "<span class=\"hl-keyword\">let </span><mark>&lt;b&gt;</mark> = <span class=\"hl-number\">1</span>;";
        assert!(html(false).contains(wanted), "{}", html(false));
    }

    #[test]
    fn lines_stand_below_or_beside_one_another() {
        assert_eq!(plain(&html(false)), "@@ \n11same\n2-gone\n2+let &lt;b&gt; = 1;\n3+more");
        assert_eq!(plain(&html(true)), "@@ \n1same|1same\n2-gone|2+let &lt;b&gt; = 1;\n|3+more");
        assert_eq!(html(true).matches("Comment on line 1\"").count(), 1);
        assert_eq!(html(false).matches("Comment on removed line 2\"").count(), 1);
    }

    #[test]
    fn a_thread_stands_behind_its_line() {
        let places: BTreeSet<_> = [(Side::New, 2), (Side::Old, 2), (Side::New, 99)].into();
        for split in [false, true] {
            let pieces = pieces(&diff(), split, &places);
            let threads: Vec<_> = pieces.iter().filter(|piece| matches!(piece, Piece::Thread(_))).collect();
            assert_eq!(threads, [&Piece::Thread((Side::Old, 2)), &Piece::Thread((Side::New, 2))]);
            assert!(matches!(pieces.last(), Some(Piece::Lines(html)) if html.contains("more")));
        }
    }
}
