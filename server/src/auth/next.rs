//! Where somebody goes on once they are signed in.

use serde::Deserialize;

/// The query of an address that signs in.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    next: String,
}

impl Wanted {
    /// A page of ours: the one that they wanted to see, or the list.
    pub(super) fn path(&self) -> &str {
        own_path(&self.next)
    }
}

/// Never another site: browsers take `//host` and `/\host` for one.
fn own_path(next: &str) -> &str {
    let own =
        next.starts_with('/') && !next[1..].starts_with(['/', '\\']) && !next.contains(char::is_control);
    if own { next } else { "/sessions" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_led_to_another_site() {
        assert_eq!(own_path("/sessions/a?at=b#c"), "/sessions/a?at=b#c");
        for other in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "/a\nb"]
        {
            assert_eq!(own_path(other), "/sessions", "{other}");
        }
    }
}
