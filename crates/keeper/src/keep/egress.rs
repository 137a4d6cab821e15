//! The agent's way to other machines: an HTTP proxy that goes where the rules allow and nowhere near.
//!
//! It speaks `CONNECT`, which clients use for everything that is encrypted, and plain HTTP with whole addresses. Names are
//! resolved here, since there is no resolver inside; what a name leads to is looked at, and then exactly that address is
//! connected to, so a name that leads elsewhere a moment later gains nothing. A redirect is the client's to follow, which
//! comes back here.
//!
//! Invariant: no connection is made to an address of this machine or of a network it is in, whatever the rules say.

use std::{
    collections::HashSet,
    convert::Infallible,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use slipway_keeper::wire::{Egress as Rules, KeeperEvent, Reach};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{accept, gateway::HOP, journal::Journal};
use target::Target;

mod address;
mod target;

const RESOLVE_LIMIT: Duration = Duration::from_secs(10);
const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// So many refused places are told; a program that tries all of them is told of often enough.
const MOST_TOLD: usize = 100;

type Body = BoxBody<Bytes, hyper::Error>;

#[derive(Clone)]
pub(crate) struct Egress(Arc<Desk>);

struct Desk {
    rules: Rules,
    reach: Mutex<Reach>,
    journal: Journal,
    told: Mutex<HashSet<Target>>,
}

impl Egress {
    pub(crate) fn new(rules: Rules, reach: Reach, journal: Journal) -> Self {
        Self(Arc::new(Desk { rules, reach: Mutex::new(reach), journal, told: Mutex::default() }))
    }

    /// What holds from the next connection on. What is refused once more is told once more.
    pub(crate) fn set_reach(&self, reach: Reach) {
        let mut held = self.0.reach.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != reach {
            *held = reach;
            self.0.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// What makes the usual clients come here, and not for what is inside.
    pub(crate) fn environment(port: u16) -> impl Iterator<Item = (&'static str, String)> {
        let proxy = format!("http://127.0.0.1:{port}");
        let names = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
        let inside = ["NO_PROXY", "no_proxy"].map(|name| (name, "localhost,127.0.0.1,::1".to_owned()));
        names.map(|name| (name, proxy.clone())).into_iter().chain(inside)
    }

    pub(crate) async fn serve(self, listener: TcpListener) {
        accept::each(listener, "to other machines", |stream, permit| {
            let desk = Arc::clone(&self.0);
            // A tunnel keeps its place until it ends.
            let permit = Arc::new(permit);
            async move {
                let answer = service_fn(|request| {
                    let (desk, permit) = (desk.clone(), permit.clone());
                    async move {
                        let answer = desk.answer(request, permit).await;
                        Ok::<_, Infallible>(answer.unwrap_or_else(Refusal::response))
                    }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), answer);
                let _ = connection.with_upgrades().await;
            }
        })
        .await;
    }
}

impl Desk {
    async fn answer(
        &self,
        request: Request<Incoming>,
        place: impl Send + 'static,
    ) -> Result<Response<Body>, Refusal> {
        let Some(target) = Target::of(&request) else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "This is a proxy: say CONNECT HOST:PORT, or ask for a whole http:// address.",
            ));
        };
        let stream = self.reach(&target).await?;
        if request.method() == Method::CONNECT {
            tokio::spawn(async move {
                tunnel(request, stream).await;
                drop(place);
            });
            return Ok(Response::new(empty()));
        }
        forward(request, &target, stream).await
    }

    /// A connection to where the target leads, if it may be reached.
    async fn reach(&self, target: &Target) -> Result<TcpStream, Refusal> {
        if !self.allows(target) {
            let can_allow = self.rules.can_allow(&target.host, target.port);
            return Err(self.refuse(
                target,
                "It is not on the list of what this session may reach.",
                can_allow,
            ));
        }
        let found =
            timeout(RESOLVE_LIMIT, tokio::net::lookup_host((target.host.as_str(), target.port))).await;
        let Ok(Ok(found)) = found else {
            let sentence = format!("The name {} is not known.", target.host);
            return Err(Refusal::new(StatusCode::BAD_GATEWAY, sentence));
        };
        let far: Vec<_> = found.filter(|found| self.rules.near || address::is_far(found.ip())).collect();
        if far.is_empty() {
            return Err(self.refuse(target, "It leads to a machine near by, which is never allowed.", false));
        }
        let connect = async {
            let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
            for address in far {
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) => last = error,
                }
            }
            Err(last)
        };
        match timeout(CONNECT_LIMIT, connect).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) => {
                let sentence = format!("{target} cannot be reached: {error}.");
                Err(Refusal::new(StatusCode::BAD_GATEWAY, sentence))
            }
            Err(_) => Err(Refusal::new(StatusCode::GATEWAY_TIMEOUT, format!("{target} does not answer."))),
        }
    }

    fn allows(&self, target: &Target) -> bool {
        let reach = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        self.rules.allow(&reach, &target.host, target.port)
    }

    /// The session is told once of each place.
    fn refuse(&self, target: &Target, why: &str, can_allow: bool) -> Refusal {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_TOLD && told.insert(target.clone()) {
            tracing::info!(%target, why, "a way out was refused");
            let (host, port) = (target.host.clone(), target.port);
            self.journal.record(KeeperEvent::Refused { host, port, why: why.into(), can_allow });
        }
        Refusal::new(StatusCode::FORBIDDEN, format!("{target} may not be reached from here. {why}"))
    }
}

async fn tunnel(request: Request<Incoming>, mut far: TcpStream) {
    let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
    let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(upgraded), &mut far).await;
}

/// One request with a connection of its own, as its server would get it without a proxy.
async fn forward(
    request: Request<Incoming>,
    target: &Target,
    far: TcpStream,
) -> Result<Response<Body>, Refusal> {
    let failed = |error: hyper::Error| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            format!("{target} did not answer as a web server does: {error}."),
        )
    };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(far)).await.map_err(failed)?;
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    head.uri = head
        .uri
        .path_and_query()
        .map_or_else(|| "/".into(), |path| path.as_str().to_owned())
        .parse()
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "The address has no path."))?;
    let host = HeaderValue::try_from(target.authority());
    head.headers.insert(
        header::HOST,
        host.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "The host is no name."))?,
    );
    strip(&mut head.headers);
    let answer = sender.send_request(Request::from_parts(head, body)).await.map_err(failed)?;
    let (mut head, body) = answer.into_parts();
    strip(&mut head.headers);
    Ok(Response::from_parts(head, body.boxed()))
}

/// What is about the connection to the proxy ends here. How a body is cut into pieces is said anew.
fn strip(headers: &mut header::HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').filter_map(|name| name.trim().parse().ok()))
        .collect();
    for name in HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

fn empty() -> Body {
    Full::default().map_err(|never: Infallible| match never {}).boxed()
}

/// An answer of the proxy itself, in words that a client shows.
struct Refusal {
    status: StatusCode,
    sentence: String,
}

impl Refusal {
    fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    fn response(self) -> Response<Body> {
        let body = Full::new(Bytes::from(format!("{}\n", self.sentence)));
        let mut response = Response::new(body.map_err(|never: Infallible| match never {}).boxed());
        *response.status_mut() = self.status;
        let kind = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        // Some clients show a header and not the body.
        if let Ok(sentence) = HeaderValue::try_from(self.sentence) {
            response.headers_mut().insert("x-slipway", sentence);
        }
        response
    }
}
