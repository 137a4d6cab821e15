//! Which machines agents may reach, besides the model providers.

use axum::http::Uri;
use slipway_github::Addresses;
use slipway_sandbox::{Egress, Hosts};

use crate::config::Unusable;

/// Where packages come from, of the languages that most repositories are written in.
const REGISTRIES: [&str; 30] = [
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "nodejs.org",
    "jsr.io",
    "npm.jsr.io",
    "pypi.org",
    "files.pythonhosted.org",
    "crates.io",
    "index.crates.io",
    "static.crates.io",
    "static.rust-lang.org",
    "proxy.golang.org",
    "sum.golang.org",
    "rubygems.org",
    "index.rubygems.org",
    "repo.maven.apache.org",
    "repo1.maven.org",
    "plugins.gradle.org",
    "plugins-artifacts.gradle.org",
    "services.gradle.org",
    "api.nuget.org",
    "packagist.org",
    "repo.packagist.org",
    "repo.hex.pm",
    "builds.hex.pm",
    "hackage.haskell.org",
    "pub.dev",
    "deb.debian.org",
    "archive.ubuntu.com",
    "dl-cdn.alpinelinux.org",
];
/// Where GitHub keeps what its repositories and releases hold.
const OF_GITHUB: [&str; 3] =
    ["codeload.github.com", "objects.githubusercontent.com", "raw.githubusercontent.com"];

/// Reads `SLIPWAY_EGRESS`; `github` is where repositories come from. `can_add` is `SLIPWAY_EGRESS_ADD`.
pub(super) fn egress(setting: Option<&str>, can_add: bool, github: &Addresses) -> Result<Egress, Unusable> {
    let hosts = match setting.map(str::trim).unwrap_or_default() {
        "" => Hosts::Listed(usual(github)),
        "none" => Hosts::None,
        "all" => Hosts::All,
        other => Hosts::Listed(listed(other)?),
    };
    // Who says "none" means it.
    let can_add = can_add && hosts != Hosts::None;
    Ok(Egress { hosts, can_add, near: false })
}

fn usual(github: &Addresses) -> Vec<String> {
    let of_address = |address: &String| {
        let uri: Uri = address.parse().ok()?;
        let host = uri.host()?.to_ascii_lowercase();
        Some(uri.port_u16().map_or(host.clone(), |port| format!("{host}:{port}")))
    };
    let mut hosts: Vec<String> =
        [&github.web, &github.api, &github.git].into_iter().filter_map(of_address).collect();
    if hosts.iter().any(|host| host == "github.com") {
        hosts.extend(OF_GITHUB.map(str::to_owned));
    }
    hosts.extend(REGISTRIES.map(str::to_owned));
    hosts.dedup();
    hosts
}

fn listed(setting: &str) -> Result<Vec<String>, Unusable> {
    let list = setting
        .strip_prefix("allowlist:")
        .map(|list| list.split(',').map(|host| host.trim().to_ascii_lowercase()));
    let hosts: Vec<String> = list.into_iter().flatten().filter(|host| !host.is_empty()).collect();
    if !hosts.is_empty() && hosts.iter().all(|host| is_pattern(host)) {
        return Ok(hosts);
    }
    Err(Unusable(format!(
        "SLIPWAY_EGRESS is {setting}, which names no machines. Write none, all or allowlist:HOST,HOST, where *.HOST is all below it \
         and HOST:PORT another port than the web's."
    )))
}

fn is_pattern(pattern: &str) -> bool {
    let (name, port) = match pattern.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().unwrap_or(0)),
        None => (pattern, 443_u16),
    };
    let name = name.strip_prefix("*.").unwrap_or(name);
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    port != 0 && !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use slipway_sandbox::Reach;

    use super::*;

    fn github() -> Addresses {
        let web = "https://github.com".to_owned();
        Addresses { api: "https://api.github.com".into(), git: web.clone(), web }
    }

    #[test]
    fn a_setting_is_a_word_or_a_list() {
        let read = |setting: &str| {
            egress(Some(setting), true, &github()).map(|egress| egress.hosts).map_err(|error| error.0)
        };
        assert_eq!(read("none"), Ok(Hosts::None));
        assert_eq!(read(" all "), Ok(Hosts::All));
        let listed = ["example.org", "*.example.org", "one.test:8080"].map(str::to_owned).into();
        assert_eq!(read("allowlist:Example.org, *.example.org,one.test:8080"), Ok(Hosts::Listed(listed)));
        for wrong in [
            "everything",
            "allowlist:",
            "allowlist:*",
            "allowlist:a b",
            "allowlist:a:0",
            "allowlist:http://a/",
        ] {
            assert!(
                read(wrong).unwrap_err().starts_with(&format!("SLIPWAY_EGRESS is {wrong}, which")),
                "{wrong}"
            );
        }
    }

    #[test]
    fn registries_and_the_git_host_are_usual() {
        let open = Reach::default();
        let usual = egress(None, true, &github()).unwrap();
        for host in
            ["github.com", "api.github.com", "codeload.github.com", "registry.npmjs.org", "index.crates.io"]
        {
            assert!(usual.allow(&open, host, 443), "{host}");
        }
        assert!(!usual.allow(&open, "example.org", 443) && usual.can_add && !usual.near);
        let own = Addresses { web: "http://git.test:8443".into(), ..github() };
        assert!(egress(None, true, &own).unwrap().allow(&open, "git.test", 8443));
    }
}
