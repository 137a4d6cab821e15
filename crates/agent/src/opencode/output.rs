//! A tool's output while it grows: OpenCode sends all of it, or its last 30,000 characters, each time anew.

use super::bound;

/// What OpenCode puts before an output whose beginning it no longer sends.
const CUT: &str = "...\n\n";
/// What the person reads when nothing more is streamed.
const GOES_ON: &str = "\n[The output goes on. Its end follows when the command is done.]\n";

#[derive(Debug)]
pub(super) struct Growing {
    /// What is kept, and what is streamed, at most.
    kept: usize,
    streamed: usize,
    /// As OpenCode sent it last.
    last: String,
    /// All of it while it is short enough; then its beginning.
    text: String,
    /// The end, where `text` is only the beginning.
    tail: Option<String>,
    missing: usize,
    /// Nothing more is streamed.
    is_cut: bool,
}

impl Default for Growing {
    fn default() -> Self {
        Self::within(bound::OUTPUT, bound::STREAMED)
    }
}

impl Growing {
    fn within(kept: usize, streamed: usize) -> Self {
        let (last, text) = (String::new(), String::new());
        Self { kept, streamed, last, text, tail: None, missing: 0, is_cut: false }
    }

    /// What to append to what was streamed so far.
    pub(super) fn grow(&mut self, now: &str) -> Option<String> {
        if now == self.last {
            return None;
        }
        let added = added(&self.last, now);
        now.clone_into(&mut self.last);
        if added.is_empty() {
            return None;
        }
        let streams = !self.is_cut && self.text.len() + added.len() <= self.streamed;
        self.keep(&added);
        if streams {
            return Some(added);
        }
        (!std::mem::replace(&mut self.is_cut, true)).then(|| GOES_ON.to_owned())
    }

    fn keep(&mut self, added: &str) {
        if let Some(tail) = &mut self.tail {
            tail.push_str(added);
        } else if self.text.len() + added.len() <= self.kept {
            return self.text.push_str(added);
        } else {
            let end = self.text.floor_char_boundary(self.kept / 2);
            self.tail = Some(self.text.split_off(end) + added);
        }
        self.shorten();
    }

    pub(super) fn has_begun(&self) -> bool {
        !self.text.is_empty()
    }

    /// What is kept of it.
    pub(super) fn text(&self) -> String {
        match &self.tail {
            None => self.text.clone(),
            Some(tail) => bound::joined(&self.text, self.missing, tail),
        }
    }

    fn shorten(&mut self) {
        if let Some(tail) = &mut self.tail {
            let kept = bound::tail(tail, self.kept / 2).to_owned();
            self.missing += tail.len() - kept.len();
            *tail = kept;
        }
    }
}

/// What came after `last`. Where OpenCode cut the beginning, `now` goes on somewhere inside `last`.
fn added(last: &str, now: &str) -> String {
    if let Some(added) = now.strip_prefix(last) {
        return added.to_owned();
    }
    let (last, now) = (last.strip_prefix(CUT).unwrap_or(last), now.strip_prefix(CUT).unwrap_or(now));
    match overlap(last.as_bytes(), now.as_bytes()) {
        0 => format!("\n[...]\n{now}"),
        length => now.get(length..).unwrap_or(now).to_owned(),
    }
}

/// The length of the longest end of `left` that `right` begins with.
fn overlap(left: &[u8], right: &[u8]) -> usize {
    // How far `right`'s beginning repeats within itself (Knuth, Morris, Pratt).
    let mut repeats = vec![0; right.len()];
    let mut length = 0;
    for at in 1..right.len() {
        while length > 0 && right[at] != right[length] {
            length = repeats[length - 1];
        }
        length += usize::from(right[at] == right[length]);
        repeats[at] = length;
    }
    let mut matched = 0;
    for byte in left {
        while matched > 0 && (matched == right.len() || *byte != right[matched]) {
            matched = repeats[matched - 1];
        }
        matched += usize::from(right.get(matched) == Some(byte));
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As OpenCode sends an output of this length.
    fn sent(whole: &str, limit: usize) -> String {
        if whole.len() <= limit {
            whole.to_owned()
        } else {
            format!("{CUT}{}", &whole[whole.len() - limit..])
        }
    }

    fn line(number: u32) -> String {
        format!("line {number}\n")
    }

    #[test]
    fn the_difference_is_appended() {
        let mut output = Growing::default();
        let grown: Vec<_> = ["", "one\n", "one\n", "one\ntwo\n"].map(|now| output.grow(now)).into();
        assert_eq!(grown, [None, Some("one\n".into()), None, Some("two\n".into())]);
        assert_eq!(output.text(), "one\ntwo\n");
    }

    #[test]
    fn an_output_whose_beginning_was_cut_goes_on() {
        let mut output = Growing::default();
        let (mut whole, mut streamed) = (String::new(), String::new());
        for number in 0..200 {
            whole += &line(number);
            streamed.extend(output.grow(&sent(&whole, 100)));
        }
        assert_eq!(streamed, whole);
        assert_eq!(output.text(), whole);
    }

    #[test]
    fn a_hole_is_shown() {
        let mut output = Growing::default();
        output.grow("first\n");
        output.grow(&format!("{CUT}later\n"));
        assert_eq!(output.text(), "first\n\n[...]\nlater\n");
    }

    #[test]
    fn a_long_output_keeps_its_ends() {
        let mut output = Growing::within(64 * 1024, 16 * 1024);
        let (mut whole, mut streamed) = (String::new(), String::new());
        for number in 0..20_000 {
            whole += &line(number);
            streamed.extend(output.grow(&sent(&whole, 30_000)));
        }
        let begun = streamed.strip_suffix(GOES_ON).unwrap();
        assert!(whole.starts_with(begun) && begun.len() <= 16 * 1024, "{}", streamed.len());
        let kept = output.text();
        assert!(kept.len() < 64 * 1024 + 200, "{}", kept.len());
        assert!(kept.starts_with("line 0\nline 1\n") && kept.ends_with("line 19998\nline 19999\n"));
        let missing = (whole.len() - 64 * 1024) / 1024;
        assert!(kept.contains(&format!("\n[... {missing} KiB left out ...]\n")), "{missing}");
    }

    #[test]
    fn overlaps_are_the_longest() {
        let lengths = [("abab", "abab"), ("xaba", "abab"), ("aaa", "aa"), ("abc", "d"), ("", "a"), ("a", "")]
            .map(|(left, right)| overlap(left.as_bytes(), right.as_bytes()));
        assert_eq!(lengths, [4, 3, 2, 0, 0, 0]);
    }
}
