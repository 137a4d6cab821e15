//! How secrets begin, and how they go on.

/// What stands at one place of a text.
pub(super) enum Verdict {
    Nothing,
    /// More text must come first.
    Unclear,
    Secret(Known),
}

pub(super) struct Known {
    /// What the person reads.
    pub(super) name: &'static str,
    /// Bytes of it that are there.
    pub(super) begun: usize,
    /// How the rest of it is told from what follows.
    pub(super) goes_on: Option<Shape>,
}

#[derive(Clone, Copy)]
pub(super) enum Shape {
    Token(Letters),
    /// Until the line that ends it.
    PrivateKey,
}

/// What a token is written with.
type Letters = fn(char) -> bool;

struct Kind {
    prefix: &'static str,
    letters: Letters,
    /// So many of them make it one.
    least: usize,
    name: &'static str,
}

const fn kind(prefix: &'static str, letters: Letters, least: usize, name: &'static str) -> Kind {
    Kind { prefix, letters, least, name }
}

/// The longer of two prefixes stands first.
const KINDS: [Kind; 17] = [
    kind("ghp_", word, 20, GITHUB),
    kind("gho_", word, 20, GITHUB),
    kind("ghu_", word, 20, GITHUB),
    kind("ghs_", word, 20, GITHUB),
    kind("ghr_", word, 20, GITHUB),
    kind("github_pat_", word, 20, GITHUB),
    kind("sk-ant-", word_or_hyphen, 16, "Anthropic key"),
    kind("sk-proj-", word_or_hyphen, 20, API),
    kind("sk-svcacct-", word_or_hyphen, 20, API),
    kind("sk-or-", word_or_hyphen, 20, API),
    kind("sk-", alphanumeric, 20, API),
    kind("AKIA", upper, 16, "AWS key"),
    kind("xoxa-", word_or_hyphen, 10, SLACK),
    kind("xoxb-", word_or_hyphen, 10, SLACK),
    kind("xoxp-", word_or_hyphen, 10, SLACK),
    kind("xoxr-", word_or_hyphen, 10, SLACK),
    kind("xoxs-", word_or_hyphen, 10, SLACK),
];

const GITHUB: &str = "GitHub token";
const API: &str = "API key";
const SLACK: &str = "Slack token";

fn word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn word_or_hyphen(letter: char) -> bool {
    word(letter) || letter == '-'
}

fn alphanumeric(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
}

fn upper(letter: char) -> bool {
    letter.is_ascii_uppercase() || letter.is_ascii_digit()
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const PRIVATE: &str = "PRIVATE KEY";

/// The longest name of a kind of key.
const LONGEST_LABEL: usize = 40;

/// A token begins where no word goes on; a key may begin anywhere.
pub(super) fn shape_at(rest: &str, in_word: bool) -> Verdict {
    if rest.starts_with('-') {
        return private_key(rest);
    }
    if in_word || !rest.starts_with(['g', 's', 'A', 'x']) {
        return Verdict::Nothing;
    }
    let mut unclear = false;
    for kind in &KINDS {
        match kind.verdict(rest) {
            Verdict::Nothing => {}
            Verdict::Unclear => unclear = true,
            // The name of a longer prefix goes first; nothing is shown of either meanwhile.
            Verdict::Secret(_) if unclear => break,
            secret @ Verdict::Secret(_) => return secret,
        }
    }
    if unclear { Verdict::Unclear } else { Verdict::Nothing }
}

impl Kind {
    fn verdict(&self, rest: &str) -> Verdict {
        let Some(letters) = rest.strip_prefix(self.prefix) else {
            return if self.prefix.starts_with(rest) { Verdict::Unclear } else { Verdict::Nothing };
        };
        let run = letters.chars().take(self.least).take_while(|letter| (self.letters)(*letter)).count();
        if run == self.least {
            let begun = self.prefix.len() + run;
            let goes_on = Some(Shape::Token(self.letters));
            return Verdict::Secret(Known { name: self.name, begun, goes_on });
        }
        if run == letters.len() { Verdict::Unclear } else { Verdict::Nothing }
    }
}

fn private_key(rest: &str) -> Verdict {
    let Some(label) = rest.strip_prefix(BEGIN) else {
        return if BEGIN.starts_with(rest) { Verdict::Unclear } else { Verdict::Nothing };
    };
    match label.find(DASHES) {
        Some(at) if at <= LONGEST_LABEL && label[..at].contains(PRIVATE) => Verdict::Secret(Known {
            name: "private key",
            begun: BEGIN.len() + at + DASHES.len(),
            goes_on: Some(Shape::PrivateKey),
        }),
        None if label.len() < LONGEST_LABEL + DASHES.len() && !label.contains('\n') => Verdict::Unclear,
        _ => Verdict::Nothing,
    }
}

impl Shape {
    /// Where it ends, if that can be seen.
    pub(super) fn end(self, rest: &str) -> Option<usize> {
        match self {
            Self::Token(letters) => rest.find(|letter| !letters(letter)),
            Self::PrivateKey => {
                let label = rest.find(END)? + END.len();
                rest[label..].find(DASHES).map(|dashes| label + dashes + DASHES.len())
            }
        }
    }

    /// What of it must be seen again when more has come.
    pub(super) fn hold(self, rest: &str) -> &str {
        match self {
            Self::Token(_) => "",
            Self::PrivateKey => {
                let from = rest.len().saturating_sub(END.len() + LONGEST_LABEL + DASHES.len());
                &rest[rest.ceil_char_boundary(from)..]
            }
        }
    }
}
