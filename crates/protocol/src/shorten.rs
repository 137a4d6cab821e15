//! What a tool did travels shortened, since few people open it; a long output is asked for by whoever wants to read it whole.

use std::ops::Range;

use crate::{Part, PartBody, ToolCall};

/// Of a finished tool's output at most so many bytes travel: more than the sixteen lines that are shown at first.
pub const LONGEST_OUTPUT: usize = 2 * 1024;

impl Part {
    /// Leaves of a finished tool's output what is shown at first, and says how much is hidden; and nothing of what went
    /// in where the change that came of it says the same, nor of the name by which somebody could still be asked about
    /// it. Done once or twice, it is the same.
    pub fn shorten(&mut self) {
        if self.open {
            return;
        }
        let PartBody::Tool(call) = &mut self.body else { return };
        call.id = None;
        if call.diff.is_some() {
            call.input.clear();
        }
        if self.hidden > 0 || self.text.len() <= LONGEST_OUTPUT {
            return;
        }
        let shown = call.shown(&self.text);
        self.hidden = (self.text.len() - shown.len()) as u64;
        self.text = self.text[shown].to_owned();
    }

    #[must_use]
    pub fn shortened(mut self) -> Self {
        self.shorten();
        self
    }
}

impl ToolCall {
    /// What a command said last matters most; of everything else the beginning does.
    pub fn shows_its_end(&self) -> bool {
        self.tool == "bash"
    }

    /// The bytes of its output that are shown at first: whole lines, unless they are very long.
    pub fn shown(&self, text: &str) -> Range<usize> {
        if text.len() <= LONGEST_OUTPUT {
            return 0..text.len();
        }
        if self.shows_its_end() {
            let from = text.ceil_char_boundary(text.len() - LONGEST_OUTPUT);
            let near = text.ceil_char_boundary(from + LONGEST_OUTPUT / 2);
            // The byte before may end a line, and then this one begins one.
            let line = text.as_bytes()[from - 1..near].iter().position(|byte| *byte == b'\n');
            line.map_or(from, |at| from + at)..text.len()
        } else {
            let to = text.floor_char_boundary(LONGEST_OUTPUT);
            let line = text.as_bytes()[LONGEST_OUTPUT / 2..to].iter().rposition(|byte| *byte == b'\n');
            0..line.map_or(to, |at| LONGEST_OUTPUT / 2 + at + 1)
        }
    }
}
