//! Reads what `patch.sh` prints: the lines of each change.

use slipway_protocol::{DiffLine, FileDiff, Hunk, LineKind};

use super::{garbled, listing::Raw};
use crate::GitError;

/// Lines of one file that are told.
const MOST_LINES: usize = 20_000;

/// Letters of one line that are told; the rest of it is a dot of three.
const LONGEST_LINE: usize = 2_000;

/// The names with their changes.
pub(super) fn read_patches(said: &[u8]) -> Result<Vec<(Vec<u8>, FileDiff)>, GitError> {
    let mut rest = said;
    let mut fields = std::iter::from_fn(|| {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let field = &rest[..end];
        rest = &rest[end + 1..];
        Some(field)
    });
    let mut raws = Vec::new();
    while let Some(raw) = Raw::read(&mut fields) {
        raws.push(raw?);
    }
    let mut patches = split(rest).into_iter();
    let mut diffs = Vec::new();
    for raw in raws {
        let mut diff = FileDiff::default();
        for _ in 0..(if raw.is_two() { 2 } else { 1 }) {
            read(&patches.next().ok_or_else(garbled)?, &mut diff);
        }
        diffs.push((raw.name.to_owned(), diff));
    }
    if patches.next().is_some() { Err(garbled()) } else { Ok(diffs) }
}

/// The lines of each file. No line of a change begins as a header does: it has its sign before it.
fn split(patches: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut files: Vec<Vec<&[u8]>> = Vec::new();
    for line in patches.split(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            files.push(Vec::new());
        } else if let Some(file) = files.last_mut() {
            file.push(line);
        }
    }
    files
}

/// Adds the hunks to what is told of the file.
fn read(lines: &[&[u8]], diff: &mut FileDiff) {
    let mut at = (0, 0);
    let mut told = diff.lines().count();
    let hunks = lines.iter().skip_while(|line| head(line).is_none());
    for line in hunks {
        if let Some((start, hunk)) = head(line) {
            at = start;
            if told < MOST_LINES {
                diff.hunks.push(hunk);
            }
            continue;
        }
        let (Some(hunk), Some((sign, text))) = (diff.hunks.last_mut(), line.split_first()) else { continue };
        let Some(line) = numbered(*sign, text, &mut at) else { continue };
        if told < MOST_LINES {
            hunk.lines.push(line);
            told += 1;
        } else {
            diff.left_out += 1;
        }
    }
}

/// `@@ -38,10 +40,14 @@ heading`: where the hunk begins on each side.
fn head(line: &[u8]) -> Option<((u32, u32), Hunk)> {
    let line = line.strip_prefix(b"@@ -")?;
    let line = String::from_utf8_lossy(line);
    let (ranges, heading) = line.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let start = |range: &str| range.split(',').next()?.parse().ok();
    let hunk =
        Hunk { range: format!("@@ -{ranges} @@"), heading: shortened(heading.trim()), lines: Vec::new() };
    Some(((start(old)?, start(new)?), hunk))
}

fn numbered(sign: u8, text: &[u8], (old, new): &mut (u32, u32)) -> Option<DiffLine> {
    let (kind, in_old, in_new) = match sign {
        b' ' => (LineKind::Kept, true, true),
        b'+' => (LineKind::Added, false, true),
        b'-' => (LineKind::Removed, true, false),
        b'\\' => (LineKind::Note, false, false),
        _ => return None,
    };
    let take = |counter: &mut u32| {
        let number = *counter;
        *counter += 1;
        number
    };
    let (old, new) = (in_old.then(|| take(old)), in_new.then(|| take(new)));
    let text = match kind {
        LineKind::Note => "No line break at the end of the file".into(),
        _ => shortened(&String::from_utf8_lossy(text)),
    };
    Some(DiffLine { kind, old, new, text, marks: Vec::new(), colours: Vec::new() })
}

/// A page breaks its lines where it pleases, so what would break them otherwise is shown as a sign.
fn shortened(text: &str) -> String {
    let text = text.replace('\r', "\u{240d}");
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::read_patches;

    fn told(said: &str) -> Vec<String> {
        let diffs = read_patches(said.as_bytes()).unwrap();
        let number = |number: Option<u32>| number.map_or(".".into(), |number| number.to_string());
        let lines = diffs.iter().flat_map(|(name, diff)| {
            let name = String::from_utf8_lossy(name).into_owned();
            diff.lines().map(move |line| {
                format!("{name} {} {} {:?} {}", number(line.old), number(line.new), line.kind, line.text)
            })
        });
        lines.collect()
    }

    #[test]
    fn lines_have_numbers_and_a_text_that_looks_like_a_header_is_none() {
        let id = "1".repeat(40);
        let said = format!(
            ":100644 100644 {id} {id} M\0a\0:100644 120000 {id} {id} T\0b\0\0\
             diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -3,3 +3,3 @@ fn run\n same\n\
             -diff --git a/x b/x\n+@@ -1 +1 @@\r\n end\n\\ No newline at end of file\n\
             diff --git a/b b/b\ndeleted file mode 100644\n--- a/b\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n\
             diff --git a/b b/b\nnew file mode 120000\n--- /dev/null\n+++ b/b\n@@ -0,0 +1 @@\n+to\n"
        );
        let expected = [
            "a 3 3 Kept same",
            "a 4 . Removed diff --git a/x b/x",
            "a . 4 Added @@ -1 +1 @@\u{240d}",
            "a 5 5 Kept end",
            "a . . Note No line break at the end of the file",
            "b 1 . Removed old",
            "b . 1 Added to",
        ];
        assert_eq!(told(&said), expected);
        assert!(read_patches(format!(":100644 100644 {id} {id} M\0a\0\0").as_bytes()).is_err());
    }
}
