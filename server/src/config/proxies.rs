//! Whose word is believed on where a request comes from.
//!
//! Invariant: a header that anybody could have written never decides: each address in it counts only if a trusted proxy wrote it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, header};

use crate::config::Unusable;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// More than any chain of proxies; whoever sends more sends rubbish.
const LONGEST_CHAIN: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

/// The addresses that begin with these bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Proxies {
    /// Reads `10.0.0.0/8, ::1`.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            Network::parse(part).ok_or_else(|| {
                Unusable(format!(
                    "SLIPWAY_TRUSTED_PROXIES names {part}, which is neither an address nor a network such as 10.0.0.0/8."
                ))
            })
        };
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Where the person is: the last address that no trusted proxy has.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        // A proxy writes one of the two and may pass on the other as it came: where both are there, neither says anything.
        let ((Some(chain), None) | (None, Some(chain))) =
            (chain_of_x_forwarded(headers), chain_of_forwarded(headers))
        else {
            return peer;
        };
        let mut nearest = peer;
        for named in chain.into_iter().rev().take(LONGEST_CHAIN) {
            let Some(named) = named else { return nearest };
            nearest = named;
            if !self.trust(nearest) {
                return nearest;
            }
        }
        nearest
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let most = width(address);
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    fn holds(self, other: IpAddr) -> bool {
        let differing = match (self.address, other) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => (ours.to_bits() ^ theirs.to_bits()).leading_zeros(),
            _ => return false,
        };
        differing >= self.bits
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { u32::BITS } else { u128::BITS }
}

/// In the order of the header: the nearest last. An entry that is no address is none.
type Chain = Vec<Option<IpAddr>>;

fn chain_of_x_forwarded(headers: &HeaderMap) -> Option<Chain> {
    entries(headers, X_FORWARDED_FOR).map(|entries| entries.iter().map(|entry| address(entry)).collect())
}

/// `for=192.0.2.7;proto=https, for="[2001:db8::7]:4711"`
fn chain_of_forwarded(headers: &HeaderMap) -> Option<Chain> {
    let of_entry = |entry: &String| {
        let mut pairs = entry.split(';').filter_map(|pair| pair.trim().split_once('='));
        let (_, named) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
        address(named.trim_matches('"'))
    };
    entries(headers, header::FORWARDED.as_str()).map(|entries| entries.iter().map(of_entry).collect())
}

fn entries(headers: &HeaderMap, name: &str) -> Option<Vec<String>> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let entries = lines.iter().flat_map(|line| line.split(','));
    (!lines.is_empty()).then(|| entries.map(|entry| entry.trim().to_owned()).collect())
}

/// With or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        Proxies::parse(proxies).unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_say_where_a_request_comes_from() {
        let xff = |value| [(X_FORWARDED_FOR, value)];
        let forwarded = |value| [("forwarded", value)];
        let ours = "10.0.0.0/8, ::1";
        #[expect(
            clippy::type_complexity,
            reason = "a table: the proxies, who connects, the headers, who it is"
        )]
        let cases: &[(&str, &str, &[(&str, &str)], &str)] = &[
            ("", "127.0.0.1", &xff("192.0.2.7"), "127.0.0.1"),
            (ours, "203.0.113.9", &xff("192.0.2.7"), "203.0.113.9"),
            (ours, "10.1.1.1", &[], "10.1.1.1"),
            (ours, "10.1.1.1", &xff("192.0.2.7"), "192.0.2.7"),
            (ours, "::ffff:10.1.1.1", &xff("192.0.2.7"), "192.0.2.7"),
            // What the browser itself wrote stands farther left.
            (ours, "10.1.1.1", &xff("127.0.0.1, 192.0.2.7"), "192.0.2.7"),
            (ours, "10.1.1.1", &[(X_FORWARDED_FOR, "8.8.8.8"), (X_FORWARDED_FOR, "192.0.2.7")], "192.0.2.7"),
            (ours, "::1", &xff("192.0.2.7, 10.2.2.2"), "192.0.2.7"),
            (ours, "10.1.1.1", &xff("10.3.3.3, 10.2.2.2"), "10.3.3.3"),
            (ours, "10.1.1.1", &xff("192.0.2.7, rubbish"), "10.1.1.1"),
            (ours, "10.1.1.1", &xff("192.0.2.7:4711"), "192.0.2.7"),
            (ours, "10.1.1.1", &forwarded("for=192.0.2.7;proto=https"), "192.0.2.7"),
            (ours, "10.1.1.1", &forwarded("proto=https;For=\"[2001:db8::7]:4711\""), "2001:db8::7"),
            (ours, "10.1.1.1", &forwarded("for=unknown"), "10.1.1.1"),
            (ours, "10.1.1.1", &[("forwarded", "for=8.8.8.8"), (X_FORWARDED_FOR, "192.0.2.7")], "10.1.1.1"),
            ("0.0.0.0/0", "192.0.2.1", &xff("192.0.2.7"), "192.0.2.7"),
        ];
        for (proxies, peer, lines, expected) in cases {
            assert_eq!(client(proxies, peer, lines), *expected, "{proxies:?} {peer} {lines:?}");
        }
    }

    #[test]
    fn networks_are_read_or_refused_in_words() {
        for wrong in ["x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "10.0.0.0/-1"] {
            let error = Proxies::parse(wrong).unwrap_err().to_string();
            assert!(error.starts_with(&format!("SLIPWAY_TRUSTED_PROXIES names {wrong},")), "{error}");
        }
        assert_eq!(Proxies::parse(" , ").unwrap(), Proxies::default());
    }
}
