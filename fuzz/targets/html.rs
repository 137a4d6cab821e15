//! What HTML of ours may hold, looked for without a parser's leniency.

/// What an address of ours begins with.
const SAFE: &[&str] = &["https:", "http:", "mailto:", "#"];

/// Every tag is one of `elements`, no attribute is a handler, and no address is a program.
pub(crate) fn must_be_harmless(html: &str, elements: &[&str]) {
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        assert!(elements.contains(&name), "<{tag}> is no element of ours");
        for attribute in attributes(tag) {
            assert!(!attribute.starts_with("on"), "<{tag}> holds a handler");
            let address = attribute.strip_prefix("href=").or_else(|| attribute.strip_prefix("src="));
            let safe = |address: &str| SAFE.iter().any(|scheme| address.starts_with(scheme));
            assert!(address.is_none_or(safe), "<{tag}> leads to a program");
        }
    }
}

/// `name=value` of a tag in which values stand in quotes.
fn attributes(tag: &str) -> Vec<String> {
    let mut attributes = Vec::new();
    for (at, piece) in tag.split('"').enumerate() {
        match (at % 2, attributes.last_mut()) {
            (0, _) => attributes.extend(piece.split_whitespace().map(str::to_lowercase)),
            (_, Some(attribute)) => attribute.push_str(&piece.trim().to_lowercase()),
            (_, None) => panic!("<{tag}> begins with a value"),
        }
    }
    attributes
}
