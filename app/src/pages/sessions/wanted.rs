//! What the list's address asks for: a tab, words, a repository, and how many lines.

use leptos_router::params::ParamsMap;
use slipway_protocol::{LIST_PAGE, SessionFilter};

use crate::percent;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub filter: SessionFilter,
    /// Empty: all.
    pub query: String,
    /// Empty: all.
    pub repository: String,
    pub most: usize,
}

impl Wanted {
    /// All of a tab, as far as it is shown at once.
    pub fn all_of(filter: SessionFilter) -> Self {
        Self { filter, query: String::new(), repository: String::new(), most: LIST_PAGE }
    }

    pub fn of(asked: &ParamsMap) -> Self {
        let filter = match asked.get("filter").as_deref() {
            Some("archived") => SessionFilter::Archived,
            _ => SessionFilter::Active,
        };
        let text = |name| asked.get(name).unwrap_or_default();
        let most = asked.get("show").and_then(|most| most.parse().ok()).unwrap_or(LIST_PAGE);
        Self { filter, query: text("q"), repository: text("repository"), most }
    }

    pub fn address(&self) -> String {
        let mut fields = Vec::new();
        if self.filter == SessionFilter::Archived {
            fields.push("filter=archived".to_owned());
        }
        for (name, value) in [("q", &self.query), ("repository", &self.repository)] {
            if !value.is_empty() {
                fields.push(format!("{name}={}", percent::encode(value)));
            }
        }
        if self.most != LIST_PAGE {
            fields.push(format!("show={}", self.most));
        }
        if fields.is_empty() { "/sessions".into() } else { format!("/sessions?{}", fields.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;
    use slipway_protocol::{LIST_PAGE, SessionFilter};

    use super::Wanted;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let plain = Wanted::all_of(SessionFilter::Active);
        assert_eq!(plain.address(), "/sessions");
        assert_eq!(Wanted::of(&ParamsMap::new()), plain);
        let narrow = Wanted {
            filter: SessionFilter::Archived,
            query: "high water".into(),
            repository: "a/b".into(),
            most: 300,
        };
        assert_eq!(narrow.address(), "/sessions?filter=archived&q=high%20water&repository=a%2Fb&show=300");
        let fields = [("filter", "archived"), ("q", "high water"), ("repository", "a/b"), ("show", "300")];
        assert_eq!(Wanted::of(&fields.into_iter().collect()), narrow);
        let fields = [("show", "many")];
        assert_eq!(Wanted::of(&fields.into_iter().collect()).most, LIST_PAGE);
    }
}
