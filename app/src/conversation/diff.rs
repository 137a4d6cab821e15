//! A unified diff as lines to show.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Kept,
    Added,
    Removed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub old: Option<u32>,
    pub new: Option<u32>,
    pub sign: Sign,
    pub text: String,
    /// The bytes that differ from the line it replaces, or that replaces it.
    pub mark: Option<(usize, usize)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Line(Line),
    /// Lines that are not shown.
    Gap,
}

/// Reads the hunks of a unified diff of one file; what stands before the first hunk is left out.
pub fn rows(diff: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut numbers: Option<(u32, u32)> = None;
    for line in diff.lines() {
        if let Some(start) = hunk(line) {
            if start != (1, 1) || !rows.is_empty() {
                rows.push(Row::Gap);
            }
            numbers = Some(start);
            continue;
        }
        let Some((old, new)) = &mut numbers else { continue };
        let (sign, text) = match line.as_bytes().first() {
            Some(b'+') => (Sign::Added, &line[1..]),
            Some(b'-') => (Sign::Removed, &line[1..]),
            Some(b' ') => (Sign::Kept, &line[1..]),
            None => (Sign::Kept, line),
            Some(_) => continue,
        };
        let mut row = Line { old: None, new: None, sign, text: text.to_owned(), mark: None };
        if sign != Sign::Added {
            row.old = Some(*old);
            *old += 1;
        }
        if sign != Sign::Removed {
            row.new = Some(*new);
            *new += 1;
        }
        rows.push(Row::Line(row));
    }
    if rows.first() == Some(&Row::Gap) {
        rows.remove(0);
    }
    mark(&mut rows);
    rows
}

/// The line numbers at which a hunk starts: `@@ -42,4 +42,7 @@`.
fn hunk(line: &str) -> Option<(u32, u32)> {
    let mut ranges = line.strip_prefix("@@ -")?.split([' ', '+']).filter(|range| !range.is_empty());
    let mut start = || ranges.next()?.split(',').next()?.parse().ok();
    Some((start()?, start()?))
}

/// Marks what differs in runs of removed lines that are replaced by as many added ones.
fn mark(rows: &mut [Row]) {
    let sign = |row: &Row| match row {
        Row::Line(line) => Some(line.sign),
        Row::Gap => None,
    };
    let mut at = 0;
    while at < rows.len() {
        let removed = rows[at..].iter().take_while(|row| sign(row) == Some(Sign::Removed)).count();
        let added = rows[at + removed..].iter().take_while(|row| sign(row) == Some(Sign::Added)).count();
        if removed > 0 && added > 0 {
            let (old, new) = rows[at..at + removed + added].split_at_mut(removed);
            for (old, new) in old.iter_mut().zip(new) {
                if let (Row::Line(old), Row::Line(new)) = (old, new) {
                    (old.mark, new.mark) = differing(&old.text, &new.text);
                }
            }
        }
        at += (removed + added).max(1);
    }
}

type Range = Option<(usize, usize)>;

/// What is left between a common beginning and a common end; nothing where the lines have too little in common.
fn differing(old: &str, new: &str) -> (Range, Range) {
    let start: usize =
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end: usize = old_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    let common = old[..start].trim().len() + old[old.len() - end..].trim().len();
    if common * 3 < old.trim().len().max(new.trim().len()) {
        return (None, None);
    }
    let range = |text: &str| Some((start, text.len() - end)).filter(|(start, end)| start < end);
    (range(old), range(new))
}

#[cfg(test)]
mod tests {
    use super::{Line, Row, Sign, rows};

    const DIFF: &str = "--- a/x\n+++ b/x\n@@ -42,3 +42,4 @@ fn run\n same\n-    Err(_) => continue,\n+    Err(_) => sleep(1).await,\n+    more\n end\n@@ -60 +61 @@\n-old\n\\ No newline at end of file\n+new\n";

    fn shown() -> Vec<String> {
        let number = |number: Option<u32>| number.map_or(String::from("."), |number| number.to_string());
        rows(DIFF)
            .into_iter()
            .map(|row| match row {
                Row::Gap => "gap".into(),
                Row::Line(Line { old, new, sign, text, mark }) => {
                    let marked = mark.map(|(start, end)| text[start..end].to_owned()).unwrap_or_default();
                    let sign = match sign {
                        Sign::Kept => ' ',
                        Sign::Added => '+',
                        Sign::Removed => '-',
                    };
                    format!("{} {} {sign} {} [{marked}]", number(old), number(new), text.trim())
                }
            })
            .collect()
    }

    #[test]
    fn lines_have_numbers_signs_and_marks() {
        let wanted = [
            "42 42   same []",
            "43 . - Err(_) => continue, [continue]",
            ". 43 + Err(_) => sleep(1).await, [sleep(1).await]",
            ". 44 + more []",
            "44 45   end []",
            "gap",
            "60 . - old []",
            ". 61 + new []",
        ];
        assert_eq!(shown(), wanted);
    }

    #[test]
    fn what_is_no_diff_gives_no_rows() {
        assert!(rows("").is_empty());
        assert!(rows("hello\n+x").is_empty());
    }

    #[test]
    fn marks_fall_on_characters() {
        let found = rows("@@ -1 +1 @@\n-a näher b c d\n+a nöher b c d\n");
        let [Row::Line(old), Row::Line(new)] = found.as_slice() else { panic!("{found:?}") };
        let marked = |line: &Line| line.mark.map(|(start, end)| line.text[start..end].to_owned());
        assert_eq!((marked(old), marked(new)), (Some("ä".into()), Some("ö".into())));
    }
}
