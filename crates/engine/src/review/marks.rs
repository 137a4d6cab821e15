//! Marks the words that differ between a line and the one that replaces it.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use slipway_protocol::{DiffLine, LineKind};

/// Lines with more words are not compared: the work grows with the square.
const MOST_WORDS: usize = 300;
/// Pairs of lines of one hunk that are compared.
const MOST_PAIRS: usize = 200;
/// With less than one letter of so many in common two lines are two lines.
const LEAST_IN_COMMON: usize = 5;

/// Pairs what was removed with what was added in its place, line by line.
pub(super) fn mark(lines: &mut [DiffLine]) {
    let (mut at, mut pairs) = (0, MOST_PAIRS);
    while at < lines.len() {
        let run =
            |from: usize, kind: LineKind| lines[from..].iter().take_while(|line| line.kind == kind).count();
        let removed = run(at, LineKind::Removed);
        // The old file's end without a line break may stand between.
        let note = if removed > 0 { run(at + removed, LineKind::Note) } else { 0 };
        let added = run(at + removed + note, LineKind::Added);
        let (old, new) = lines[at..at + removed + note + added].split_at_mut(removed + note);
        for (old, new) in old[..removed].iter_mut().zip(new).take(pairs) {
            (old.marks, new.marks) = differing(&old.text, &new.text);
            pairs -= 1;
        }
        at += (removed + note + added).max(1);
    }
}

type Ranges = Vec<(u32, u32)>;

fn differing(old: &str, new: &str) -> (Ranges, Ranges) {
    let (old, new) = (words(old), words(new));
    if old.len() > MOST_WORDS || new.len() > MOST_WORDS {
        return (Vec::new(), Vec::new());
    }
    let texts = |words: &[(u32, &str)]| words.iter().map(|(_, word)| (*word).to_owned()).collect::<Vec<_>>();
    let ops = capture_diff_slices(Algorithm::Myers, &texts(&old), &texts(&new));
    let kept: usize = ops.iter().filter(|op| !differs(op)).map(|op| letters(&old[op.old_range()])).sum();
    if kept * LEAST_IN_COMMON < letters(&old).max(letters(&new)) {
        return (Vec::new(), Vec::new());
    }
    let (mut marks_old, mut marks_new) = (Ranges::new(), Ranges::new());
    for op in ops.iter().filter(|op| differs(op)) {
        add(&mut marks_old, &old[op.old_range()]);
        add(&mut marks_new, &new[op.new_range()]);
    }
    (marks_old, marks_new)
}

fn differs(op: &DiffOp) -> bool {
    !matches!(op, DiffOp::Equal { .. })
}

/// Bytes that are no blanks.
fn letters(words: &[(u32, &str)]) -> usize {
    words.iter().map(|(_, word)| word.trim().len()).sum()
}

/// One mark for all of them, joined to the one before where nothing but a blank lies between.
fn add(marks: &mut Ranges, words: &[(u32, &str)]) {
    let (Some((start, _)), Some((last, word))) = (words.first(), words.last()) else { return };
    let end = last + word.len() as u32;
    match marks.last_mut() {
        Some(mark) if mark.1 + 1 >= *start => mark.1 = end,
        _ => marks.push((*start, end)),
    }
}

/// Words, blanks, and every other sign by itself, each with where it begins.
fn words(text: &str) -> Vec<(u32, &str)> {
    let kind = |letter: char| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => 1,
        letter if letter.is_whitespace() => 2,
        _ => 0,
    };
    let mut words: Vec<(u32, &str)> = Vec::new();
    let mut before = 0;
    for (at, letter) in text.char_indices() {
        let now = kind(letter);
        let end = at + letter.len_utf8();
        match words.last_mut() {
            Some((start, word)) if now != 0 && now == before => *word = &text[*start as usize..end],
            _ => words.push((at as u32, &text[at..end])),
        }
        before = now;
    }
    words
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{DiffLine, LineKind};

    use super::mark;

    fn line(text: &str) -> DiffLine {
        let kind = match text.as_bytes()[0] {
            b'+' => LineKind::Added,
            b'-' => LineKind::Removed,
            _ => LineKind::Kept,
        };
        let text = text[1..].to_owned();
        DiffLine { kind, old: None, new: None, text, marks: Vec::new(), colours: Vec::new() }
    }

    fn marked(lines: &[&str]) -> Vec<String> {
        let mut lines: Vec<DiffLine> = lines.iter().map(|text| line(text)).collect();
        mark(&mut lines);
        let words = |line: &DiffLine| {
            let marks = line.marks.iter().map(|(start, end)| &line.text[*start as usize..*end as usize]);
            marks.collect::<Vec<_>>().join("|")
        };
        lines.iter().map(words).collect()
    }

    #[test]
    fn the_words_that_differ_are_marked() {
        let lines = [
            " same",
            "-    Err(_) => continue,",
            "-a näher b c d",
            "+    Err(_) => sleep(self.next()).await,",
            "+a nöher b c d",
            "+more",
        ];
        let marks = ["", "continue", "näher", "sleep(self.next()).await", "nöher", ""];
        assert_eq!(marked(&lines), marks);
        assert_eq!(marked(&["-self.seen = Some(id);", "+self.last = id;"]), ["seen|Some(|)", "last"]);
    }

    #[test]
    fn lines_with_little_in_common_are_not_marked() {
        assert_eq!(marked(&["-fn one() {}", "+struct Two { three: u32 }"]), ["", ""]);
        assert_eq!(marked(&["-gone", " kept", "+new"]), ["", "", ""]);
    }
}
