//! Which machines an agent may reach besides the model providers: what the installation says, and what the session does.

use serde::{Deserialize, Serialize};

/// What holds for all agents of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Egress {
    pub hosts: Hosts,
    /// A session may allow machines that are not among them.
    pub can_add: bool,
    /// Addresses of this machine and its networks too. For tests, whose servers are there; no setting leads here.
    pub near: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hosts {
    #[default]
    None,
    /// `HOST`, `*.HOST` for all below it, either with `:PORT`; without one, the ports of the web.
    Listed(Vec<String>),
    All,
}

/// What a session says to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Only what it has allowed itself.
    pub closed: bool,
    /// What it has allowed, each as `HOST:PORT`.
    pub also: Vec<String>,
}

impl Egress {
    /// Where a name leads is another question, see [`Self::near`].
    pub fn allow(&self, reach: &Reach, host: &str, port: u16) -> bool {
        let in_list = |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, host, port));
        let usual = match &self.hosts {
            Hosts::None => false,
            Hosts::Listed(patterns) => in_list(patterns),
            Hosts::All => true,
        };
        (usual && (!reach.closed || in_list(&reach.also))) || (self.can_add && in_list(&reach.also))
    }

    /// The session could allow it.
    pub fn can_allow(&self, host: &str, port: u16) -> bool {
        self.can_add || self.allow(&Reach::default(), host, port)
    }
}

fn fits(pattern: &str, host: &str, port: u16) -> bool {
    let (name, ports) = match pattern.rsplit_once(':') {
        Some((name, only)) => (name, vec![only.parse().unwrap_or(0)]),
        None => (pattern, vec![80, 443]),
    };
    let below = |suffix: &str| host.len() > suffix.len() && host.ends_with(suffix);
    let named = match name.strip_prefix('*') {
        Some(suffix) => suffix.starts_with('.') && below(suffix),
        None => host == name,
    };
    named && ports.contains(&port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_host_or_all_below_it() {
        let hosts = ["example.org", "*.crates.io", "one.test:8080"].map(str::to_owned).into();
        let rules = Egress { hosts: Hosts::Listed(hosts), ..Egress::default() };
        let open = Reach::default();
        let allowed = [("example.org", 443), ("example.org", 80), ("a.b.crates.io", 443), ("one.test", 8080)];
        for (host, port) in allowed {
            assert!(rules.allow(&open, host, port), "{host}:{port}");
        }
        let refused = [
            ("example.org", 22),
            ("www.example.org", 443),
            ("example.org.evil.test", 443),
            ("evilexample.org", 443),
            ("crates.io", 443),
            ("evilcrates.io", 443),
            (".crates.io", 443),
            ("one.test", 443),
            ("", 443),
        ];
        for (host, port) in refused {
            assert!(!rules.allow(&open, host, port), "{host}:{port}");
        }
        assert!(!Egress::default().allow(&open, "example.org", 443));
        assert!(Egress { hosts: Hosts::All, ..Egress::default() }.allow(&open, "anything", 1));
    }

    #[test]
    fn a_session_narrows_what_the_installation_allows_and_widens_it_only_where_it_may() {
        let listed = Hosts::Listed(vec!["usual.test".into()]);
        let reach =
            |closed, also: &[&str]| Reach { closed, also: also.iter().copied().map(Into::into).collect() };
        let both = ["usual.test", "other.test"];
        let cases = [
            (Hosts::None, false, reach(false, &["other.test:443"]), [false, false]),
            (listed.clone(), true, reach(false, &[]), [true, false]),
            (listed.clone(), true, reach(true, &[]), [false, false]),
            (listed.clone(), true, reach(true, &["other.test:443"]), [false, true]),
            (listed.clone(), false, reach(false, &["other.test:443"]), [true, false]),
            (listed, false, reach(true, &["usual.test:443", "other.test:443"]), [true, false]),
            (Hosts::All, false, reach(true, &["other.test:443"]), [false, true]),
        ];
        for (hosts, can_add, reach, expected) in cases {
            let rules = Egress { hosts, can_add, near: false };
            assert_eq!(both.map(|host| rules.allow(&reach, host, 443)), expected, "{rules:?} {reach:?}");
        }
    }
}
