//! What a combobox offers, and how typing and keys move through it.

/// Longer lists are cut; typing narrows them.
pub const MOST_SHOWN: usize = 60;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    pub label: String,
    /// A quieter second line.
    pub detail: String,
    /// When it was last touched, in milliseconds since 1970.
    pub touched_at: Option<i64>,
    /// A word about it, such as "Private"; empty: there is none.
    pub note: &'static str,
    /// It is shown, and cannot be chosen.
    pub disabled: bool,
}

/// Places of the choices that contain what was typed, those whose name begins with it first.
pub fn matching(choices: &[Choice], typed: &str) -> Vec<usize> {
    let typed = typed.trim().to_lowercase();
    let rank = |choice: &Choice| {
        let label = choice.label.to_lowercase();
        let name_starts = label.split('/').any(|word| word.starts_with(&typed));
        match (name_starts, label.contains(&typed), choice.detail.to_lowercase().contains(&typed)) {
            (true, ..) => Some(0),
            (_, true, _) => Some(1),
            (_, _, true) => Some(2),
            _ => None,
        }
    };
    let mut found: Vec<_> =
        choices.iter().enumerate().filter_map(|(at, choice)| rank(choice).map(|rank| (rank, at))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// The label before, in and after what was typed.
pub fn split<'a>(label: &'a str, typed: &str) -> (&'a str, &'a str, &'a str) {
    let typed = typed.trim();
    let found = label
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| label.get(*at..at + typed.len()).is_some_and(|part| part.eq_ignore_ascii_case(typed)));
    match found {
        Some(at) if !typed.is_empty() => {
            (&label[..at], &label[at..at + typed.len()], &label[at + typed.len()..])
        }
        _ => (label, "", ""),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Down,
    Up,
    First,
    Last,
}

/// Where the highlight goes in a list of this length; around the ends.
pub fn moved(active: Option<usize>, length: usize, step: Move) -> Option<usize> {
    let last = length.checked_sub(1)?;
    Some(match (step, active) {
        (Move::First, _) | (Move::Down, None) => 0,
        (Move::Last, _) | (Move::Up, None | Some(0)) => last,
        (Move::Down, Some(at)) => {
            if at >= last {
                0
            } else {
                at + 1
            }
        }
        (Move::Up, Some(at)) => (at - 1).min(last),
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Move, matching, moved, split};

    fn choices() -> Vec<Choice> {
        ["northquay/pretidal", "harbour/tide", "harbour/tide-web", "tidy/notes"]
            .map(|label| Choice {
                label: label.into(),
                detail: format!("About {label}"),
                ..Choice::default()
            })
            .to_vec()
    }

    #[test]
    fn what_begins_with_the_words_comes_first() {
        assert_eq!(matching(&choices(), "TID"), [1, 2, 3, 0]);
        assert_eq!(matching(&choices(), " web "), [2]);
        assert_eq!(matching(&choices(), ""), [0, 1, 2, 3]);
        assert_eq!(matching(&choices(), "about north"), [0]);
        assert!(matching(&choices(), "xyz").is_empty());
    }

    #[test]
    fn the_hit_is_cut_out_of_the_label() {
        assert_eq!(split("harbour/Tide", "tid"), ("harbour/", "Tid", "e"));
        assert_eq!(split("harbour", ""), ("harbour", "", ""));
        assert_eq!(split("größe", "ss"), ("größe", "", ""));
        assert_eq!(split("größe", "ß"), ("grö", "ß", "e"));
    }

    #[test]
    fn keys_walk_around_the_ends() {
        assert_eq!(moved(None, 3, Move::Down), Some(0));
        assert_eq!(moved(Some(2), 3, Move::Down), Some(0));
        assert_eq!(moved(Some(0), 3, Move::Up), Some(2));
        assert_eq!(moved(Some(9), 3, Move::Up), Some(2));
        assert_eq!(moved(None, 0, Move::Up), None);
        assert_eq!(moved(Some(1), 3, Move::Last), Some(2));
    }
}
