//! What the list's address asks for: a tab, words, a repository.

use leptos_router::params::ParamsMap;
use slipway_protocol::SessionFilter;

use crate::percent;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub filter: SessionFilter,
    /// Empty: all.
    pub query: String,
    /// Empty: all.
    pub repository: String,
}

impl Wanted {
    pub fn of(asked: &ParamsMap) -> Self {
        let filter = match asked.get("filter").as_deref() {
            Some("archived") => SessionFilter::Archived,
            _ => SessionFilter::Active,
        };
        let text = |name| asked.get(name).unwrap_or_default();
        Self { filter, query: text("q"), repository: text("repository") }
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
        if fields.is_empty() { "/sessions".into() } else { format!("/sessions?{}", fields.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;
    use slipway_protocol::SessionFilter;

    use super::Wanted;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let plain = Wanted { filter: SessionFilter::Active, query: String::new(), repository: String::new() };
        assert_eq!(plain.address(), "/sessions");
        assert_eq!(Wanted::of(&ParamsMap::new()), plain);
        let narrow =
            Wanted { filter: SessionFilter::Archived, query: "high water".into(), repository: "a/b".into() };
        assert_eq!(narrow.address(), "/sessions?filter=archived&q=high%20water&repository=a%2Fb");
        let fields = [("filter", "archived"), ("q", "high water"), ("repository", "a/b")];
        assert_eq!(Wanted::of(&fields.into_iter().collect()), narrow);
    }
}
