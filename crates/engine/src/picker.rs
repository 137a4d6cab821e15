//! Picking a repository: the ones that hold what was typed, out of all that a person may see.

use slipway_protocol::{Person, RepositoryId, RepositoryInfo, RepositoryPage};

use crate::{Engine, Error};

/// As many are shown at a time; typing narrows them.
const SHOWN: usize = 50;

impl Engine {
    /// Those that hold `query`, the ones whose name begins with it first, else the most recent first. `chosen` is among them where
    /// the person sees it at all. `fresh`: rather later than as they were a while ago.
    pub async fn pick_repository(
        &self,
        who: &Person,
        query: &str,
        chosen: Option<&RepositoryId>,
        fresh: bool,
    ) -> Result<RepositoryPage, Error> {
        let listed = self.sources.list(who, fresh).await?;
        let (mut repositories, found) = matching(&listed.repositories, query);
        let missing = chosen.filter(|id| repositories.iter().all(|shown| shown.id != **id));
        let missing = missing.and_then(|id| listed.repositories.iter().find(|known| known.id == *id));
        repositories.splice(..0, missing.cloned());
        Ok(RepositoryPage {
            repositories,
            found,
            total: listed.repositories.len(),
            stale: listed.stale,
            more_at: listed.more_at,
        })
    }
}

/// The first of those that hold what was typed, and how many there are.
fn matching(all: &[RepositoryInfo], typed: &str) -> (Vec<RepositoryInfo>, usize) {
    let typed = typed.trim().to_lowercase();
    let rank = |repository: &RepositoryInfo| {
        let name = repository.name.to_lowercase();
        if name.split('/').any(|word| word.starts_with(&typed)) {
            return Some(0);
        }
        if name.contains(&typed) {
            return Some(1);
        }
        repository.description.to_lowercase().contains(&typed).then_some(2)
    };
    let mut found: Vec<_> =
        all.iter().filter_map(|repository| rank(repository).map(|rank| (rank, repository))).collect();
    // Stable: what is as good stays in its order.
    found.sort_by_key(|(rank, _)| *rank);
    (found.iter().take(SHOWN).map(|(_, repository)| (*repository).clone()).collect(), found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(name: &str, description: &str) -> RepositoryInfo {
        RepositoryInfo {
            id: RepositoryId::new(name),
            name: name.into(),
            description: description.into(),
            default_branch: "main".into(),
            updated_at: 0,
            private: false,
            archived: false,
        }
    }

    #[test]
    fn what_begins_with_the_words_comes_first_and_the_most_recent_stay_in_order() {
        let all = [
            repository("quay/pretidal", ""),
            repository("harbour/notes", "About the tide"),
            repository("harbour/tide", ""),
            repository("tidy/web", ""),
        ];
        let names =
            |typed| matching(&all, typed).0.into_iter().map(|repository| repository.name).collect::<Vec<_>>();
        assert_eq!(names(" TID"), ["harbour/tide", "tidy/web", "quay/pretidal", "harbour/notes"]);
        assert_eq!(names("")[0], "quay/pretidal");
        assert!(names("boat").is_empty());
    }

    #[test]
    fn thousands_are_counted_and_a_page_of_them_is_shown() {
        let all: Vec<_> =
            (0..5_000).map(|number| repository(&format!("harbour/boat-{number}"), "")).collect();
        let (shown, found) = matching(&all, "boat-4");
        assert_eq!((shown.len(), found), (SHOWN, 1_111));
        assert_eq!(matching(&all, "boat-4999").1, 1);
    }
}
