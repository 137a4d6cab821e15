//! How often one may ask: each address, each person, and, more strictly, whoever signs in or sets up.
//!
//! Invariant: a refusal says how long to wait, and nothing was done.

mod buckets;

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    time::{Duration, Instant},
};

use app::ssr::{Caller, Client};
use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Request, StatusCode, header},
    middleware::Next,
    response::Response,
};
use slipway_protocol::{ErrorKind, UserId};

use crate::{
    config::Limits,
    error::{Reader, refuse},
    rate::buckets::Buckets,
    state::AppState,
};

/// Behind one address there may be an office.
const PEOPLE_BEHIND_AN_ADDRESS: u32 = 5;

/// Where guesses are worth something.
const GUESSABLE: [&str; 4] = ["/auth/local", "/auth/github", "/auth/github/callback", "/setup"];

/// A provider gives each of its customers at least this much of IPv6.
const NETWORK_OF_ONE: u128 = !0 << 64;

/// All the headers of a request together; cookies of other programs on the same machine included.
const LARGEST_HEADERS: usize = 32 * 1024;

pub(crate) struct Rates {
    addresses: Buckets<IpAddr>,
    people: Buckets<UserId>,
    guesses: Buckets<IpAddr>,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let of_address = limits.requests_per_minute.saturating_mul(PEOPLE_BEHIND_AN_ADDRESS);
        Self {
            addresses: Buckets::new(of_address),
            people: Buckets::new(limits.requests_per_minute),
            guesses: Buckets::new(limits.sign_ins_per_minute),
        }
    }

    fn admit(&self, from: IpAddr, path: &str) -> Result<(), Duration> {
        let (key, now) = (network(from), Instant::now());
        self.addresses.take(key, now)?;
        if GUESSABLE.contains(&path) { self.guesses.take(key, now) } else { Ok(()) }
    }
}

/// Puts the [`Client`] into the request, and counts it.
pub(crate) async fn by_address(
    State(state): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let from = state.proxies.client(peer.ip(), request.headers());
    let reader = Reader::from(&request);
    if size(request.headers()) > LARGEST_HEADERS {
        let mut answer = refuse(reader, ErrorKind::TooLarge, "The headers of this request are too large.");
        *answer.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return answer;
    }
    if let Err(wait) = state.rates.admit(from, request.uri().path()) {
        return too_many(reader, wait);
    }
    request.extensions_mut().insert(Client(from));
    next.run(request).await
}

/// Wherever they are, and on however many devices.
pub(crate) async fn by_person(State(state): State<AppState>, request: Request<Body>, next: Next) -> Response {
    let who = request.extensions().get::<Caller>().and_then(|caller| caller.0.as_ref());
    let admitted = who.map_or(Ok(()), |who| state.rates.people.take(who.id.clone(), Instant::now()));
    match admitted {
        Ok(()) => next.run(request).await,
        Err(wait) => too_many(Reader::from(&request), wait),
    }
}

pub(crate) fn too_many(reader: Reader, wait: Duration) -> Response {
    let seconds = wait.as_secs_f64().ceil().max(1.0) as u64;
    let sentence = format!("Too many requests. Wait {}, then try again; nothing was done.", told(seconds));
    let mut answer = refuse(reader, ErrorKind::Busy, sentence);
    *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    answer
}

fn told(seconds: u64) -> String {
    if seconds == 1 { "a second".into() } else { format!("{seconds} seconds") }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK_OF_ONE).into(),
        address @ IpAddr::V4(_) => address,
    }
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
