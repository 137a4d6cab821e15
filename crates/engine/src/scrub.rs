//! Takes secrets out of what an agent said or its tools printed, before it is stored or streamed.
//!
//! Text comes in pieces, cut anywhere: what may still become a secret is held back until that is known. Some forty bytes at
//! most, since a secret is given away by how it begins.
//!
//! Invariant: however a text was cut, what comes out is the same.

mod shape;

use std::sync::Arc;

use shape::{Known, Shape, Verdict, shape_at};

/// What is never kept, whatever it looks like.
pub(crate) type Secrets = Arc<[String]>;

/// Shorter ones are words that may stand anywhere.
const SHORTEST_SECRET: usize = 12;

pub(crate) struct Scrubber {
    secrets: Secrets,
    held: String,
    /// The character before the held ones belongs to a word.
    in_word: bool,
    within: Option<Shape>,
}

/// Those of an installation that are long enough to be told from words.
pub(crate) fn secrets<'a>(all: impl IntoIterator<Item = &'a str>) -> Secrets {
    all.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET).map(str::to_owned).collect()
}

/// A text that is whole.
pub(crate) fn scrubbed(secrets: &Secrets, text: &str) -> String {
    let mut scrubber = Scrubber::new(Arc::clone(secrets));
    let begun = scrubber.push(text);
    begun + &scrubber.finish()
}

/// The same for what is written elsewhere, such as a line of the log: known by its shape alone.
pub fn without_secrets(text: &str) -> String {
    scrubbed(&Secrets::default(), text)
}

impl Scrubber {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, held: String::new(), in_word: false, within: None }
    }

    /// What of it can be shown by now.
    pub(crate) fn push(&mut self, text: &str) -> String {
        self.read(text, false)
    }

    /// There is no more.
    pub(crate) fn finish(&mut self) -> String {
        self.read("", true)
    }

    fn read(&mut self, text: &str, ended: bool) -> String {
        let mut all = std::mem::take(&mut self.held);
        all.push_str(text);
        let mut out = String::with_capacity(all.len());
        let mut rest = all.as_str();
        while let Some(next) = rest.chars().next() {
            if let Some(shape) = self.within {
                match shape.end(rest) {
                    Some(length) => {
                        rest = &rest[length..];
                        (self.within, self.in_word) = (None, true);
                    }
                    None if ended => return out,
                    None => {
                        shape.hold(rest).clone_into(&mut self.held);
                        return out;
                    }
                }
                continue;
            }
            match self.verdict(rest) {
                Verdict::Secret(known) => {
                    out.push_str("[removed: ");
                    out.push_str(known.name);
                    out.push(']');
                    rest = &rest[known.begun..];
                    self.within = known.goes_on;
                    self.in_word = true;
                }
                Verdict::Unclear if !ended => {
                    rest.clone_into(&mut self.held);
                    return out;
                }
                _ => {
                    out.push(next);
                    self.in_word = next.is_alphanumeric() || next == '_';
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        out
    }

    fn verdict(&self, rest: &str) -> Verdict {
        let mut unclear = false;
        for secret in self.secrets.iter() {
            if rest.starts_with(secret.as_str()) {
                let name = "secret of this installation";
                return Verdict::Secret(Known { name, begun: secret.len(), goes_on: None });
            }
            unclear |= secret.starts_with(rest);
        }
        match shape_at(rest, self.in_word) {
            Verdict::Nothing if unclear => Verdict::Unclear,
            // A secret of our own may be longer than what its beginning looks like.
            Verdict::Secret(_) if unclear => Verdict::Unclear,
            verdict => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(prefix: &str, length: usize) -> String {
        format!("{prefix}{}", "aB3dE6gH".repeat(length.div_ceil(8)).split_at(length).0)
    }

    fn key(label: &str) -> String {
        format!("-----BEGIN {label}-----\nMIIEpAIBAAKCAQEA\n+/x==\n-----END {label}-----")
    }

    fn own() -> Secrets {
        secrets(["correct-horse-battery", "short"])
    }

    #[test]
    fn secrets_are_taken_out_and_named() {
        let cases = [
            (token("ghp_", 36), "GitHub token"),
            (token("gho_", 36), "GitHub token"),
            (token("ghu_", 36), "GitHub token"),
            (token("ghs_", 36), "GitHub token"),
            (token("github_pat_", 82), "GitHub token"),
            (token("sk-ant-api03-", 80), "Anthropic key"),
            (token("sk-proj-", 60), "API key"),
            (token("sk-or-v1-", 60), "API key"),
            (token("sk-", 48), "API key"),
            ("AKIAIOSFODNN7EXAMPLE".into(), "AWS key"),
            (token("xoxb-", 40), "Slack token"),
            (key("RSA PRIVATE KEY"), "private key"),
            (key("OPENSSH PRIVATE KEY"), "private key"),
            (key("PRIVATE KEY"), "private key"),
            ("correct-horse-battery".into(), "secret of this installation"),
        ];
        for (secret, name) in cases {
            for (before, after) in [("", ""), ("TOKEN=", "\n"), ("é \"", "\" ü"), ("--", " -- ")] {
                let text = format!("{before}{secret}{after}");
                assert_eq!(scrubbed(&own(), &text), format!("{before}[removed: {name}]{after}"), "{text}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        let long = token("", 40);
        for text in [
            "ghp_short",
            "sk-circle-fade-dot-and-more-dots",
            "task-aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "AKIA",
            "xox",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "-----BEGIN ",
            "correct-horse-batterie",
            "short",
            "| --- | --- |\n\n-----\n",
            &format!("flagghp_{long}"),
            &long,
        ] {
            assert_eq!(scrubbed(&own(), text), text);
        }
    }

    #[test]
    fn cutting_a_text_changes_nothing() {
        let text = format!(
            "a {} b{}ü correct-horse-battery, {} {} sk-no AKIA -----BEGIN {}",
            token("ghp_", 36),
            key("EC PRIVATE KEY"),
            token("sk-ant-", 30),
            key("PUBLIC KEY"),
            token("github_pat_", 30),
        );
        let whole = scrubbed(&own(), &text);
        assert_eq!(whole.matches("[removed: ").count(), 5, "{whole}");
        let pieces = |cuts: &[usize]| {
            let mut scrubber = Scrubber::new(own());
            let (mut out, mut last) = (String::new(), 0);
            for cut in cuts.iter().copied().chain([text.len()]) {
                out += &scrubber.push(&text[last..cut]);
                assert!(scrubber.held.len() < 100, "{} are held back", scrubber.held.len());
                last = cut;
            }
            out + &scrubber.finish()
        };
        let cuts: Vec<_> = (0..text.len()).filter(|at| text.is_char_boundary(*at)).collect();
        assert_eq!(pieces(&cuts), whole, "character by character");
        for (at, first) in cuts.iter().enumerate() {
            for second in cuts[at..].iter().step_by(7) {
                assert_eq!(pieces(&[*first, *second]), whole, "{first} {second}");
            }
        }
    }

    #[test]
    fn plain_words_are_not_held_back() {
        let mut scrubber = Scrubber::new(own());
        let said = ["First words", ", then ", "2 things."].map(|piece| scrubber.push(piece));
        assert_eq!(said, ["First words", ", then ", "2 things."]);
    }
}
