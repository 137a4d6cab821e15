//! Words that are the time at which they were sent (`/stamps` of the scripts), so that the delay of each is known where it
//! arrives.

use super::micros;

/// Reads times out of text that arrives in pieces.
#[derive(Default)]
pub(super) struct Stamps {
    unfinished: String,
    /// Milliseconds, word by word.
    pub(super) delays: Vec<f64>,
}

impl Stamps {
    pub(super) fn hear(&mut self, text: &str) {
        let now = micros();
        for char in text.chars() {
            if char.is_ascii_digit() {
                self.unfinished.push(char);
            } else {
                self.unfinished.clear();
            }
            // Sixteen digits until the year 2286.
            if self.unfinished.len() == 16 {
                self.delays.extend(self.unfinished.parse().ok().map(|stamp: f64| (now - stamp) / 1000.0));
                self.unfinished.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_in_pieces_of_text() {
        let mut stamps = Stamps::default();
        let now = micros() as u64;
        let text = format!("{now} {now}");
        stamps.hear(&text[..10]);
        stamps.hear(&text[10..20]);
        stamps.hear(&text[20..]);
        assert_eq!(stamps.delays.len(), 2);
        assert!(stamps.delays.iter().all(|delay| (0.0..1000.0).contains(delay)));
    }
}
