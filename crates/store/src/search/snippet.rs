//! The few words of a text that show why it was found.

use std::{collections::HashSet, ops::Range};

use slipway_protocol::Fragment;

use super::{wanted::Wanted, words::words};

/// Bytes of a snippet, more or less, and of what stands before the first word that was looked for.
const LENGTH: usize = 180;
const LEAD: usize = 50;

/// Places that are compared: those further on in a long text are hardly better.
const MOST_PLACES: usize = 500;

/// The first stretch with the most of what is wanted.
pub(super) fn snippet(text: &str, wanted: &Wanted) -> Vec<Fragment> {
    let places: Vec<(Range<usize>, usize)> = words(text)
        .filter_map(|(place, word)| wanted.position(&word).map(|position| (place, position)))
        .take(MOST_PLACES)
        .collect();
    let best = best(&places);
    let first = places.get(best).map_or(0, |(place, _)| place.start);
    let start = beginning(text, first);
    let end = ending(text, start + LENGTH);
    let mut pieces = Pieces::default();
    if start > 0 {
        pieces.put("…", false);
    }
    let mut at = start;
    for (place, _) in places[best..].iter().take_while(|(place, _)| place.end <= end) {
        pieces.put(&text[at..place.start], false);
        pieces.put(&text[place.clone()], true);
        at = place.end;
    }
    pieces.put(&text[at..end], false);
    if end < text.trim_end().len() {
        pieces.put("…", false);
    }
    pieces.0
}

/// From which place on the most different words follow closely.
fn best(places: &[(Range<usize>, usize)]) -> usize {
    let reach = |from: usize| {
        let near = |(place, _): &&(Range<usize>, usize)| place.end <= places[from].0.start + LENGTH - LEAD;
        places[from..].iter().take_while(near).map(|(_, word)| word).collect::<HashSet<_>>().len()
    };
    (0..places.len()).rev().max_by_key(|from| reach(*from)).unwrap_or_default()
}

/// A little before `first`, where a word begins.
fn beginning(text: &str, first: usize) -> usize {
    let earliest = text.floor_char_boundary(first.saturating_sub(LEAD));
    if earliest == 0 {
        return 0;
    }
    let space = text[earliest..first].find(char::is_whitespace);
    space.map_or(earliest, |space| text.len() - text[earliest + space..].trim_start().len())
}

/// At `latest`, or before it where a word ends.
fn ending(text: &str, latest: usize) -> usize {
    if latest >= text.len() {
        return text.len();
    }
    let latest = text.floor_char_boundary(latest);
    let space = text[..latest].rfind(char::is_whitespace).filter(|space| latest - space < LEAD);
    space.unwrap_or(latest)
}

/// White space between words is one space, so that a snippet is one line.
#[derive(Default)]
struct Pieces(Vec<Fragment>);

impl Pieces {
    fn put(&mut self, text: &str, marked: bool) {
        let mut line = String::with_capacity(text.len());
        for letter in text.chars() {
            let letter = if letter.is_whitespace() || letter.is_control() { ' ' } else { letter };
            let doubled = letter == ' ' && line.ends_with(' ');
            if !doubled {
                line.push(letter);
            }
        }
        match self.0.last_mut() {
            _ if line.is_empty() => {}
            Some(last) if last.marked == marked => last.text.push_str(&line),
            _ => self.0.push(Fragment { text: line, marked }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LENGTH, snippet};
    use crate::search::wanted::Wanted;

    /// Marked words stand in brackets.
    fn shown(text: &str, query: &str) -> String {
        let pieces = snippet(text, &Wanted::of(query).expect("words"));
        pieces
            .iter()
            .map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        assert_eq!(
            shown("The Clock\n\n  is slow, the clocks are.", "the clo"),
            "[The] [Clock] is slow, [the] [clocks] are."
        );
        assert_eq!(shown("Café, cafe\u{301} & <b>CAFE</b>", "cafe"), "[Café], [cafe\u{301}] & <b>[CAFE]</b>");
        assert_eq!(shown("時計を直す", "計"), "時[計]を直す");
    }

    #[test]
    fn a_long_text_is_cut_around_what_was_found() {
        let filler = "lorem ipsum ".repeat(50);
        let text = format!("clock {filler} the clock and the tide {filler}");
        let cut = shown(&text, "tide clock");
        assert!(cut.starts_with('…') && cut.ends_with('…'), "{cut}");
        assert!(cut.contains("the [clock] and the [tide] lorem"), "{cut}");
        assert!(cut.len() < LENGTH + 20, "{cut}");
        // One word without end, and letters of several bytes at every edge.
        for text in ["é".repeat(900), format!("{} clock {}", "é".repeat(900), "é".repeat(900))] {
            assert!(!shown(&text, "clock").is_empty());
        }
    }
}
