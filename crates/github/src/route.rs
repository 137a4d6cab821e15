//! Paths of the API. Octocrab sends a path as it is given: what comes from people is encoded here.

use std::fmt::Write as _;

/// One segment of a path: everything but letters, digits and `-._~` as `%XX`.
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    // A name of dots would climb.
    if encoded.bytes().all(|byte| byte == b'.') { encoded.replace('.', "%2E") } else { encoded }
}

/// `/repos/OWNER/NAME` and what follows it.
pub(crate) fn of_repository(full_name: &str, rest: &str) -> String {
    let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
    format!("/repos/{}/{}{rest}", segment(owner), segment(name))
}

#[cfg(test)]
mod tests {
    use super::{of_repository, segment};

    #[test]
    fn what_people_name_stays_one_segment() {
        assert_eq!(segment("näme with space#?.txt"), "n%C3%A4me%20with%20space%23%3F.txt");
        assert_eq!((segment("a/b").as_str(), segment("..").as_str()), ("a%2Fb", "%2E%2E"));
        assert_eq!(of_repository("acme/wid gets", "/branches"), "/repos/acme/wid%20gets/branches");
    }
}
