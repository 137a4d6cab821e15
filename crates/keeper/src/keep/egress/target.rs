//! Where a client of the proxy wants to go.

use std::{fmt, net::Ipv6Addr};

use hyper::{Method, Request};

/// A host in one spelling, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    /// Lower case, without brackets and without the dot at the end.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Target {
    /// None of what is no request to a proxy.
    pub(super) fn of<B>(request: &Request<B>) -> Option<Self> {
        let uri = request.uri();
        let usual = match (request.method(), uri.scheme_str()) {
            (&Method::CONNECT, None) => None,
            (_, Some("http")) => Some(80),
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let port = match authority.port() {
            Some(port) => port.as_str().parse().ok(),
            None => usual,
        };
        Self::new(authority.host(), port.filter(|port| *port != 0)?)
    }

    fn new(host: &str, port: u16) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match bare {
            // With a zone it would be of this machine.
            Some(address) => address.parse::<Ipv6Addr>().ok()?.to_string(),
            None => host.strip_suffix('.').unwrap_or(&host).to_owned(),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
        let is_name = host.len() <= 253 && host.chars().all(plain) && !host.starts_with(['-', '.']);
        let is_host = !host.is_empty() && (bare.is_some() || is_name);
        is_host.then_some(Self { host, port })
    }

    /// As a request names it.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == 80 { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: Method, uri: &str) -> Option<String> {
        let request = Request::builder().method(method).uri(uri).body(()).ok()?;
        Target::of(&request).map(|target| target.to_string())
    }

    #[test]
    fn a_host_has_one_spelling() {
        let cases = [
            (Method::CONNECT, "EXAMPLE.org.:443", "example.org:443"),
            (Method::CONNECT, "[::FFFF:7f00:1]:443", "::ffff:127.0.0.1:443"),
            (Method::GET, "http://example.org/x", "example.org:80"),
            (Method::GET, "http://2130706433:81/", "2130706433:81"),
        ];
        for (method, uri, read_as) in cases {
            assert_eq!(read(method, uri).as_deref(), Some(read_as), "{uri}");
        }
        let wrong = [
            (Method::GET, "/x"),
            (Method::GET, "https://example.org/"),
            (Method::GET, "ftp://example.org/"),
            (Method::GET, "http://u@example.org/"),
            (Method::CONNECT, "example.org"),
            (Method::CONNECT, "example.org:0"),
            (Method::CONNECT, "-x.org:1"),
            (Method::CONNECT, ".:1"),
            (Method::CONNECT, "[fe80::1%eth0]:1"),
        ];
        for (method, uri) in wrong {
            assert_eq!(read(method, uri), None, "{uri}");
        }
    }
}
