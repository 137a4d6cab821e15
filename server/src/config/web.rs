//! Where it listens, and how browsers reach it.

use std::{fmt, net::SocketAddr};

use axum::http::Uri;

use crate::{
    cli::{Local, Settings},
    config::{Unusable, Walls},
};

#[derive(Clone, Debug)]
pub struct Web {
    /// `SLIPWAY_BIND`
    pub bind: SocketAddr,
    /// `SLIPWAY_PUBLIC_URL`; none: the address that is listened on.
    pub public_url: Option<Origin>,
    /// `SLIPWAY_LOCAL`, and whether it is allowed here. Each request is asked again.
    pub local: bool,
}

impl Web {
    pub(super) fn new(settings: &Settings, walls: &Walls) -> Result<Self, Unusable> {
        let public_url = settings.public_url.as_deref().filter(|url| !url.is_empty());
        let public_url = public_url.map(Origin::parse).transpose()?;
        let mut web = Self { bind: settings.bind, public_url, local: false };
        if let Some(setting) = web.public_setting() {
            must_be_fit_for_others(&setting, &web, settings, walls)?;
        } else {
            web.local = is_local(settings);
        }
        Ok(web)
    }

    /// Others than this machine's own people can reach it.
    pub fn is_public(&self) -> bool {
        self.public_setting().is_some()
    }

    /// What makes it so, for a sentence.
    fn public_setting(&self) -> Option<String> {
        if !self.bind.ip().is_loopback() {
            return Some(format!("SLIPWAY_BIND is {}", self.bind));
        }
        let public = self.public_url.as_ref().filter(|public| !public.is_loopback())?;
        Some(format!("SLIPWAY_PUBLIC_URL is {public}"))
    }

    /// The origin of this installation, once the port is known.
    pub fn origin(&self, listening: SocketAddr) -> Origin {
        self.public_url.clone().unwrap_or_else(|| Origin {
            https: false,
            host: match listening {
                SocketAddr::V4(address) => address.ip().to_string(),
                SocketAddr::V6(address) => format!("[{}]", address.ip()),
            },
            port: listening.port(),
        })
    }
}

/// Strangers may come: there must be walls around agents, and somebody must have said who may sign in.
fn must_be_fit_for_others(
    setting: &str,
    web: &Web,
    settings: &Settings,
    walls: &Walls,
) -> Result<(), Unusable> {
    let refuse = |why: &str| Err(Unusable(format!("{setting}, {why}")));
    if walls.is_host() {
        return refuse(
            "but agents run without isolation (SLIPWAY_SANDBOX), so it must be an address of this machine only.",
        );
    }
    if settings.local == Local::True {
        return refuse("so others can reach it, and SLIPWAY_LOCAL=true would let anybody in. Leave it out.");
    }
    if web.public_url.is_none() {
        return refuse(
            "so SLIPWAY_PUBLIC_URL must say how browsers reach it, such as https://slipway.example.org.",
        );
    }
    let given = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.is_empty());
    if given(&settings.github_client_id) && !given(&settings.allow) {
        return refuse(
            "so others can reach it. Say in SLIPWAY_ALLOW who may sign in: everyone, LOGIN,LOGIN or org:NAME.",
        );
    }
    Ok(())
}

/// By itself only where nobody signs in with GitHub.
fn is_local(settings: &Settings) -> bool {
    match settings.local {
        Local::Auto => settings.github_client_id.as_deref().unwrap_or_default().is_empty(),
        Local::True => true,
        Local::False => false,
    }
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    /// As in an address: lower case, IPv6 in brackets.
    host: String,
    port: u16,
}

impl Origin {
    /// Reads `http://HOST:PORT`; the only path it may have is `/`.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        Self::read(text).ok_or_else(|| {
            Unusable(format!(
                "SLIPWAY_PUBLIC_URL is {text}, which is not an address such as https://slipway.example.org."
            ))
        })
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || uri.path() != "/" || uri.query().is_some() {
            return None;
        }
        Self::of_host(https, authority.as_str())
    }

    /// The origin that a `Host` header means. None of what is no host.
    pub(crate) fn of_host(https: bool, host: &str) -> Option<Self> {
        let authority: axum::http::uri::Authority = host.parse().ok()?;
        let port = match authority.as_str().strip_prefix(authority.host())?.strip_prefix(':') {
            Some(digits) => digits.parse().ok()?,
            None if authority.as_str() != authority.host() => return None,
            None if https => 443,
            None => 80,
        };
        Some(Self { https, host: authority.host().to_ascii_lowercase(), port })
    }

    pub fn is_https(&self) -> bool {
        self.https
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `localhost`, or an address of this machine.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let is_address = bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        is_address || bare == "localhost" || bare.ends_with(".localhost")
    }
}

/// As browsers write it: without the scheme's own port.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.https { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn origins_are_written_as_browsers_do() {
        let cases = [
            ("http://LOCALHOST:80/", "http://localhost", true),
            ("https://slipway.example.org:443", "https://slipway.example.org", false),
            ("http://127.8.0.1:3000", "http://127.8.0.1:3000", true),
            ("http://[::1]:3000", "http://[::1]:3000", true),
            ("http://localhost.example.org", "http://localhost.example.org", false),
            ("http://a.localhost:1", "http://a.localhost:1", true),
        ];
        for (text, written, loopback) in cases {
            let origin = Origin::parse(text).unwrap();
            assert_eq!((origin.to_string().as_str(), origin.is_loopback()), (written, loopback));
        }
        for wrong in ["", "slipway", "ftp://a", "http://a/b", "http://a?b", "http://u@a", "http://a:x", "/"] {
            assert!(Origin::parse(wrong).is_err(), "{wrong}");
        }
    }
}
