//! Text that is being written: how much of it to show in this frame, and how its newest words fade in.

use std::time::Duration;

/// Each frame has its price. Every second one of a usual screen is enough to look written, ...
const REST: Duration = Duration::from_millis(25);
/// ... and every third where text comes faster than anybody reads, ...
const LONG_REST: Duration = Duration::from_millis(42);
/// ... which is where so many bytes wait: at 50 tokens a second it is a third of that, at 200 twice as much.
const FAST: usize = 120;
/// No word waits longer than this for its frame.
const LONGEST_LAG: f64 = 250.0;
/// A growing block is drawn anew as a whole, a kilobyte in about a fifth of a millisecond: so that this takes a small
/// share of the time, however long the block is, it rests for a millisecond for each hundred bytes of it, ...
const BYTES_PER_MILLISECOND: f64 = 100.0;
/// ... but never for longer than this.
const LONGEST_REST: f64 = 150.0;
/// A word needs this long to reach full strength.
const FADE: f64 = 120.0;
/// More than this is shown at once: a page that was in the background, or a long catch-up.
const MOST_BACKLOG: usize = 4_000;

/// Moves text to the page by whole words, a little in every frame.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    shown: usize,
    last_frame: Option<f64>,
    waiting_since: Option<f64>,
}

impl Pace {
    /// Starts with text that the page already shows.
    pub fn starting_at(shown: usize) -> Self {
        Self { shown, ..Self::default() }
    }

    /// Bytes of `text` to show in a frame at this time (milliseconds). Never less than before.
    pub fn frame(&mut self, text: &str, now: f64) -> usize {
        let waiting = text.len().saturating_sub(self.shown);
        let elapsed = self.last_frame.map_or(16.0, |last| (now - last).clamp(1.0, LONGEST_LAG));
        self.last_frame = Some(now);
        if waiting == 0 {
            self.waiting_since = None;
            return self.shown;
        }
        let since = *self.waiting_since.get_or_insert(now);
        if waiting > MOST_BACKLOG {
            self.shown = text.len();
            return self.shown;
        }
        // A steady share, so that what waits now is shown within the longest lag.
        let share = (waiting as f64 * elapsed / (LONGEST_LAG - 50.0)).ceil() as usize;
        let overdue = now - since >= LONGEST_LAG;
        let next = word_end(text, self.shown + share.max(1)).or_else(|| overdue.then_some(text.len()));
        if let Some(next) = next {
            self.shown = next;
            self.waiting_since = (next < text.len()).then_some(now);
        }
        self.shown
    }

    /// Whether a frame at this time may draw a growing block of this many bytes anew.
    pub fn is_due(&self, block: usize, now: f64) -> bool {
        let rest = (block as f64 / BYTES_PER_MILLISECOND).min(LONGEST_REST);
        self.last_frame.is_none_or(|last| now - last >= rest)
    }

    /// How long to wait before the next frame is asked for.
    pub fn rest(&self, text: &str) -> Duration {
        if text.len().saturating_sub(self.shown) > FAST { LONG_REST } else { REST }
    }

    pub fn is_behind(&self, text: &str) -> bool {
        self.shown < text.len()
    }
}

/// The end of the word that covers this byte: after the next white space. None while the word is incomplete.
fn word_end(text: &str, from: usize) -> Option<usize> {
    let from = (from.saturating_sub(1)..=text.len()).find(|at| text.is_char_boundary(*at))?;
    let space = text[from..].find(char::is_whitespace)? + from;
    let after = text[space..].find(|c: char| !c.is_whitespace()).map_or(text.len(), |after| space + after);
    Some(after)
}

/// Remembers when which words came, counted in visible characters.
#[derive(Clone, Debug, Default)]
pub struct Fading {
    visible: usize,
    /// Where each group of words begins, and when it came.
    groups: Vec<(usize, f64)>,
}

impl Fading {
    /// Starts with characters that stand there already.
    pub fn starting_at(html: &str) -> Self {
        Self { visible: visible(html), groups: Vec::new() }
    }

    /// The block before has ended; a new one begins empty.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Whether words of the last frame have not reached their full strength.
    pub fn is_under_way(&self) -> bool {
        !self.groups.is_empty()
    }

    /// The HTML of a growing block, its newest words in spans that fade in and the caret behind the last one.
    pub fn frame(&mut self, html: &str, now: f64) -> String {
        let total = visible(html);
        if total > self.visible {
            self.groups.push((self.visible, now));
        }
        self.visible = total;
        self.groups.retain(|(start, came)| now - came < FADE && *start < total);
        let groups = self.groups.iter().map(|(start, came)| (*start, step(now - came))).collect::<Vec<_>>();
        with_fading(html, &groups)
    }
}

/// The class of words of this age.
fn step(age: f64) -> &'static str {
    match age {
        ..30.0 => "w0",
        30.0..60.0 => "w1",
        _ => "w2",
    }
}

/// The HTML with the caret behind its last character.
pub fn with_caret(html: &str) -> String {
    with_fading(html, &[])
}

const CARET: &str = "<span class=\"caret\"></span>";

fn with_fading(html: &str, groups: &[(usize, &str)]) -> String {
    let end = text_end(html);
    let mut out = String::with_capacity(html.len() + 80);
    let mut at = 0;
    let mut seen = 0;
    let mut open = None;
    for (token, is_text) in tokens(html) {
        if is_text {
            let group = groups.iter().rev().find(|(start, _)| *start <= seen).map(|(_, class)| *class);
            if group != open {
                out.push_str(if open.is_some() { "</span>" } else { "" });
                if let Some(class) = group {
                    out.push_str("<span class=\"");
                    out.push_str(class);
                    out.push_str("\">");
                }
                open = group;
            }
            seen += 1;
        } else if open.take().is_some() {
            out.push_str("</span>");
        }
        out.push_str(token);
        at += token.len();
        if at == end {
            out.push_str(if open.take().is_some() { "</span>" } else { "" });
            out.push_str(CARET);
        }
    }
    if end == 0 {
        out.insert_str(0, CARET);
    }
    out
}

fn visible(html: &str) -> usize {
    tokens(html).filter(|(_, is_text)| *is_text).count()
}

/// Behind the last character that is not white space.
fn text_end(html: &str) -> usize {
    let mut at = 0;
    let mut end = 0;
    for (token, is_text) in tokens(html) {
        at += token.len();
        if is_text && !token.trim().is_empty() {
            end = at;
        }
    }
    end
}

/// Tags, and single characters of text (an entity is one).
fn tokens(html: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = html;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match first {
            '<' => rest.find('>').map_or(rest.len(), |end| end + 1),
            '&' => rest.find(';').map_or(1, |end| end + 1),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some((token, first != '<'))
    })
}

#[cfg(test)]
mod tests {
    use super::{Fading, Pace, with_caret};

    #[test]
    fn words_come_whole_and_within_the_lag() {
        let text = "The delay is drawn from zero to the cap, so a hundred clients don't all come back";
        let mut pace = Pace::default();
        let mut now = 0.0;
        let mut before = 0;
        while pace.is_behind(text) {
            let shown = pace.frame(text, now);
            assert!(shown >= before);
            assert!(
                shown == text.len() || text[..shown].ends_with(' ') || shown == 0,
                "{:?}",
                &text[..shown]
            );
            before = shown;
            now += 16.0;
            assert!(now < 600.0, "the last word waits at most one lag more");
        }
    }

    #[test]
    fn a_long_block_is_drawn_less_often() {
        let mut pace = Pace::default();
        assert!(pace.is_due(100_000, 0.0), "the first frame rests after nothing");
        pace.frame("text ", 1_000.0);
        let due = |block| (0..200).find(|after| pace.is_due(block, 1_000.0 + f64::from(*after))).unwrap();
        assert_eq!([0, 1_000, 5_000, 100_000].map(due), [0, 10, 50, 150]);
    }

    #[test]
    fn what_nobody_can_read_along_comes_in_fewer_frames() {
        let after = |rate: usize| {
            let text = "word ".repeat(4 * rate);
            let (mut pace, mut now, mut frames) = (Pace::default(), 0, 0);
            let come = |now: usize| &text[..5 * (now * rate / 1000)];
            while now < 2_000 {
                pace.frame(come(now), now as f64);
                now += pace.rest(come(now)).as_millis() as usize;
                frames += 1;
            }
            frames
        };
        let frames = [10, 50, 200].map(after);
        assert!(frames[0] == frames[1] && frames[2] * 10 < frames[1] * 7, "{frames:?}");
    }

    #[test]
    fn a_long_backlog_is_shown_at_once() {
        let text = "word ".repeat(2_000);
        assert_eq!(Pace::default().frame(&text, 0.0), text.len());
    }

    #[test]
    fn a_word_without_an_end_is_shown_when_its_time_is_up() {
        let mut pace = Pace::default();
        assert_eq!(pace.frame("incompl", 0.0), 0);
        assert_eq!(pace.frame("incompl", 100.0), 0);
        assert_eq!(pace.frame("incompl", 260.0), 7);
        assert_eq!(Pace::starting_at(3).frame("abc", 0.0), 3);
    }

    #[test]
    fn pace_never_splits_a_character() {
        let text = "日本語のテキスト ".repeat(8);
        let mut pace = Pace::default();
        for frame in 0..60 {
            let shown = pace.frame(&text, f64::from(frame) * 16.0);
            assert!(text.is_char_boundary(shown));
        }
        assert!(!pace.is_behind(&text));
    }

    #[test]
    fn the_caret_stands_behind_the_last_character() {
        assert_eq!(with_caret("<p>a <b>b</b></p>"), "<p>a <b>b<span class=\"caret\"></span></b></p>");
        assert_eq!(with_caret("<code>x\n</code>"), "<code>x<span class=\"caret\"></span>\n</code>");
        assert_eq!(with_caret(""), "<span class=\"caret\"></span>");
    }

    #[test]
    fn new_words_fade_by_their_age() {
        let mut fading = Fading::default();
        assert_eq!(
            fading.frame("<p>one</p>", 0.0),
            "<p><span class=\"w0\">one</span><span class=\"caret\"></span></p>"
        );
        assert_eq!(
            fading.frame("<p>one &amp; <b>two</b></p>", 50.0),
            "<p><span class=\"w1\">one</span><span class=\"w0\"> &amp; </span><b><span class=\"w0\">two</span><span class=\"caret\"></span></b></p>"
        );
        assert!(fading.is_under_way());
        assert_eq!(
            fading.frame("<p>one &amp; <b>two</b></p>", 400.0),
            with_caret("<p>one &amp; <b>two</b></p>")
        );
        assert!(!fading.is_under_way(), "no more frames are needed");
    }

    #[test]
    fn what_the_page_already_shows_does_not_fade() {
        let mut fading = Fading::starting_at("<p>old</p>");
        assert_eq!(fading.frame("<p>old</p>", 0.0), with_caret("<p>old</p>"));
        assert!(fading.frame("<p>old new</p>", 1.0).starts_with("<p>old<span class=\"w0\"> new"));
    }
}
