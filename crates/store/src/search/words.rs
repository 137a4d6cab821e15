//! What counts as a word, for what is stored and for what is looked for alike: the engines' own ideas of it differ.
//!
//! A word is a run of letters and digits, in lower case and without accents. Scripts that put no spaces between words have
//! one for each sign.

use std::{collections::HashSet, ops::Range};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters of a word that count.
const LONGEST_WORD: usize = 64;

/// Bytes of a part's words; what comes after them in a very long text is not found.
const MOST_BYTES: usize = 128 * 1024;

/// Each word of `text` with the place where it stands.
pub(super) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    places(text).filter_map(|place| {
        let word = folded(&text[place.clone()]);
        (!word.is_empty()).then_some((place, word))
    })
}

/// Every word of `text` once, with a space between. Empty: there is none.
pub(super) fn distinct(text: &str) -> String {
    let (mut seen, mut all) = (HashSet::new(), String::new());
    for (_, word) in words(text) {
        if all.len() + 1 + word.len() > MOST_BYTES {
            break;
        }
        if !seen.contains(&word) {
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(&word);
            seen.insert(word);
        }
    }
    all
}

fn places(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = letters.find(|(_, letter)| is_of_word(*letter))?;
        let mut end = start + first.len_utf8();
        if !stands_alone(first) {
            while let Some((at, letter)) =
                letters.next_if(|(_, letter)| is_of_word(*letter) && !stands_alone(*letter))
            {
                end = at + letter.len_utf8();
            }
        }
        Some(start..end)
    })
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// Chinese signs and Japanese syllables.
fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn folded(word: &str) -> String {
    if word.is_ascii() {
        return word.chars().take(LONGEST_WORD).map(|letter| letter.to_ascii_lowercase()).collect();
    }
    let is_accent = |letter: &char| matches!(letter, '\u{300}'..='\u{36f}');
    let plain = word.nfkd().filter(|letter| !is_accent(letter)).flat_map(char::to_lowercase);
    plain.filter(|letter| is_of_word(*letter) && !is_accent(letter)).take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_WORD, MOST_BYTES, distinct, words};

    #[test]
    fn a_word_is_letters_and_digits_whatever_their_case_and_accents() {
        let cases = [
            ("", ""),
            (" \n \"'()*: -- \0", ""),
            ("Grüße aus KÖLN", "gruße aus koln"),
            ("Gru\u{308}ße", "gruße"),
            ("fix_clock in src/main.rs:42", "fix clock in src main rs 42"),
            ("don't, don't", "don t"),
            ("ﬁne ½ İstanbul", "fine 12 istanbul"),
            ("時計を直す", "時 計 を 直 す"),
            ("हिन्दी में", "हिन्दी में"),
        ];
        for (text, expected) in cases {
            assert_eq!(distinct(text), expected, "{text:?}");
        }
        assert_eq!(distinct(&"x".repeat(900)).len(), LONGEST_WORD);
        let many = (0..100_000).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ");
        assert!((MOST_BYTES - 100..=MOST_BYTES).contains(&distinct(&many).len()));
    }

    #[test]
    fn a_word_says_where_it_stands() {
        let text = "¡Año 時計!";
        let places: Vec<_> = words(text).map(|(place, word)| (&text[place], word)).collect();
        let expected = [("Año", "ano"), ("時", "時"), ("計", "計")].map(|(at, word)| (at, word.to_owned()));
        assert_eq!(places, expected);
    }
}
