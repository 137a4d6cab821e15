//! Words that are the time at which they were sent (`/stamps` of the scripts), so that the delay of each is known where it
//! arrives.

use super::micros;

/// Reads times out of text that arrives in pieces.
#[derive(Default)]
pub(super) struct Stamps {
    unfinished: String,
    /// Milliseconds, word by word.
    pub(super) delays: Vec<f64>,
    /// When each word was sent, in microseconds since 1970.
    sent: Vec<f64>,
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
                if let Ok(stamp) = self.unfinished.parse::<f64>() {
                    self.sent.push(stamp);
                    self.delays.push((now - stamp) / 1000.0);
                }
                self.unfinished.clear();
            }
        }
    }
}

/// The delays of all while all spoke: from the first word of the one that began last to the last word of the one that ended
/// first. A hundred turns that begin at once are another question than a hundred that run.
pub(super) fn while_all_spoke(all: &[Stamps]) -> Vec<f64> {
    let first = all.iter().filter_map(|one| one.sent.first()).copied().fold(f64::MIN, f64::max);
    let last = all.iter().filter_map(|one| one.sent.last()).copied().fold(f64::MAX, f64::min);
    let within = |(sent, delay): (&f64, &f64)| (first..=last).contains(sent).then_some(*delay);
    all.iter().flat_map(|one| one.sent.iter().zip(&one.delays).filter_map(within)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_while_others_are_silent_does_not_count() {
        let of = |sent: &[f64]| Stamps { delays: sent.to_vec(), sent: sent.to_vec(), ..Stamps::default() };
        assert_eq!(while_all_spoke(&[of(&[1.0, 2.0, 3.0]), of(&[2.0, 3.0, 4.0])]), [2.0, 3.0, 2.0, 3.0]);
        assert_eq!(while_all_spoke(&[of(&[1.0, 2.0])]), [1.0, 2.0]);
    }

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
