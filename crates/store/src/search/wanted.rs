//! What somebody looks for: all words must occur, the last one as the beginning of a word.

use std::collections::HashSet;

use super::words::words;

/// Letters of a search that count.
pub(crate) const LONGEST_SEARCH: usize = 200;

pub(super) struct Wanted {
    /// The last one need only be a beginning.
    words: Vec<String>,
}

impl Wanted {
    /// None: there is no word in it.
    pub(super) fn of(query: &str) -> Option<Self> {
        let short: String = query.trim().chars().take(LONGEST_SEARCH).collect();
        let words: Vec<_> = words(&short).map(|(_, word)| word).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// For the language of SQLite's index. Words are letters and digits, so none of them is an operator.
    pub(super) fn for_sqlite(&self) -> String {
        let quoted: Vec<_> = self.words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("{}*", quoted.join(" "))
    }

    /// For the language of PostgreSQL's.
    pub(super) fn for_postgres(&self) -> String {
        let quoted: Vec<_> = self.words.iter().map(|word| format!("'{word}'")).collect();
        format!("{}:*", quoted.join(" & "))
    }

    /// Which of the wanted words `word` is.
    pub(super) fn position(&self, word: &str) -> Option<usize> {
        let (last, others) = self.words.split_last()?;
        let whole = others.iter().position(|wanted| wanted == word);
        whole.or_else(|| word.starts_with(last.as_str()).then_some(others.len()))
    }

    /// Whether `text` holds every word.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let found: HashSet<_> = words(text).filter_map(|(_, word)| self.position(&word)).collect();
        found.len() == self.words.iter().collect::<HashSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        for (typed, sqlite, postgres) in [
            ("clock", r#""clock"*"#, "'clock':*"),
            (r#"tide AND "Clo* -ebb"#, r#""tide" "and" "clo" "ebb"*"#, "'tide' & 'and' & 'clo' & 'ebb':*"),
            ("it's :* a\\b", r#""it" "s" "a" "b"*"#, "'it' & 's' & 'a' & 'b':*"),
        ] {
            let wanted = Wanted::of(typed).expect("words");
            assert_eq!((wanted.for_sqlite().as_str(), wanted.for_postgres().as_str()), (sqlite, postgres));
        }
        assert!(["", "  ", "\"*'", "\0"].into_iter().all(|nothing| Wanted::of(nothing).is_none()));
    }
}
