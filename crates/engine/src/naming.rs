//! Titles and branch names from what a person wrote.

const LONGEST_TITLE: usize = 72;
const LONGEST_SLUG: usize = 32;

/// The first line with words, cut at a word's end.
pub(crate) fn title(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("New session");
    let line = line.trim_start_matches(['#', '-', '*', '>', ' ']);
    if line.chars().count() <= LONGEST_TITLE {
        return line.trim_end_matches('.').to_owned();
    }
    let cut: String = line.chars().take(LONGEST_TITLE).collect();
    let at_word = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{}…", at_word.trim_end_matches([',', '.', ';', ':']))
}

/// `slipway/<slug>-<short id>`: says what it is about and never collides.
pub(crate) fn branch(title: &str, short_id: &str) -> String {
    let slug = slug(title);
    if slug.is_empty() { format!("slipway/{short_id}") } else { format!("slipway/{slug}-{short_id}") }
}

fn slug(title: &str) -> String {
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() + 1 > LONGEST_SLUG {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::{branch, title};

    #[test]
    fn a_title_is_the_first_line_with_words() {
        assert_eq!(title("\n  Fix the clock.\nIt is late."), "Fix the clock");
        assert_eq!(title("# Add a test"), "Add a test");
        assert_eq!(title("   "), "New session");
    }

    #[test]
    fn a_long_title_ends_at_a_word() {
        let long =
            "The gauge feed reconnects in a tight loop when a station drops, so add back-off with jitter";
        assert_eq!(title(long), "The gauge feed reconnects in a tight loop when a station drops, so add…");
    }

    #[test]
    fn a_branch_says_what_it_is_about() {
        assert_eq!(branch("Fix the clock", "7f3k"), "slipway/fix-the-clock-7f3k");
        assert_eq!(branch("時計を直す", "7f3k"), "slipway/7f3k");
    }
}
