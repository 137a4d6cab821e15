//! The agent's way to the model providers: it shows a throw-away token, and the key is added here, on the outside.
//!
//! Bodies are passed on piece by piece in both directions. When the agent hangs up, so does the gateway.

use std::{convert::Infallible, io, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::TryStreamExt;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Body as _, Frame, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use slipway_keeper::wire::GatewayRoute;
use tokio::{net::TcpListener, sync::OnceCell};

use super::accept;

const CONNECT_LIMIT: Duration = Duration::from_secs(15);
/// A provider may think for so long without a byte.
const SILENCE_LIMIT: Duration = Duration::from_mins(15);

type Body = BoxBody<Bytes, reqwest::Error>;

#[derive(Clone)]
pub(crate) struct Gateway {
    desk: Arc<Desk>,
}

struct Desk {
    token: String,
    routes: Vec<Route>,
}

struct Route {
    prefix: String,
    upstream: String,
    headers: HeaderMap,
    /// Made for the first request: the system's certificates take time and memory.
    client: OnceCell<reqwest::Client>,
}

impl Gateway {
    pub(crate) fn new(token: String, routes: &[GatewayRoute]) -> io::Result<Self> {
        let routes = routes.iter().map(Route::read).collect::<io::Result<_>>()?;
        Ok(Self { desk: Arc::new(Desk { token, routes }) })
    }

    pub(crate) async fn serve(self, listener: TcpListener) {
        accept::each(listener, "to the models", |stream, permit| {
            let desk = Arc::clone(&self.desk);
            async move {
                let answer = service_fn(move |request| {
                    let desk = desk.clone();
                    async move {
                        Ok::<_, Infallible>(desk.answer(request).await.unwrap_or_else(Refusal::response))
                    }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), answer);
                let _ = connection.await;
                drop(permit);
            }
        })
        .await;
    }
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        if !self.knows(request.headers()) {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "The token is missing or wrong.",
                "invalid_token",
            ));
        }
        let (head, body) = request.into_parts();
        let (route, address) = self.route(&head.uri)?;
        let mut headers = passed_on(&head.headers, &OURS);
        for (name, value) in &route.headers {
            headers.insert(name, value.clone());
        }
        let mut upstream = route.client().await?.request(head.method, address).headers(headers);
        if !body.is_end_stream() {
            let pieces = BodyStream::new(body).try_filter_map(|frame| async { Ok(frame.into_data().ok()) });
            upstream = upstream.body(reqwest::Body::wrap_stream(pieces));
        }
        let answer = upstream.send().await.map_err(|error| {
            tracing::warn!(route = route.prefix, error = cause(&error), "an upstream cannot be reached");
            let sentence = format!("The model provider behind /{} cannot be reached.", route.prefix);
            Refusal::new(StatusCode::BAD_GATEWAY, &sentence, "upstream_unreachable")
        })?;
        let mut response = Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = passed_on(answer.headers(), &THEIRS);
        let body = StreamBody::new(answer.bytes_stream().map_ok(Frame::data));
        Ok(response.map(|()| BodyExt::boxed(body)))
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.as_bytes().split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
        });
        let key = headers.get("x-api-key").map(HeaderValue::as_bytes);
        bearer.into_iter().chain(key).any(|shown| same(shown, self.token.as_bytes()))
    }

    fn route(&self, uri: &hyper::Uri) -> Result<(&Route, String), Refusal> {
        let path = uri.path();
        if leaves_its_folder(path) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "The path is not allowed.", "bad_path"));
        }
        let below = |route: &Route| {
            let rest = path.strip_prefix('/')?.strip_prefix(&route.prefix)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
        };
        let found = self.routes.iter().filter_map(|route| Some((route, below(route)?)));
        let (route, rest) = found.max_by_key(|(route, _)| route.prefix.len()).ok_or_else(|| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "There is no model provider behind this path.",
                "unknown_route",
            )
        })?;
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok((route, format!("{}{rest}{query}", route.upstream)))
    }
}

impl Route {
    fn read(route: &GatewayRoute) -> io::Result<Self> {
        let wrong =
            |what| io::Error::new(io::ErrorKind::InvalidInput, format!("route {}: {what}", route.prefix));
        let header = |(name, value): (&String, &String)| {
            let name = HeaderName::try_from(name).map_err(|_| wrong("a header's name is not allowed"))?;
            let mut value =
                HeaderValue::try_from(value).map_err(|_| wrong("a header's value is not allowed"))?;
            value.set_sensitive(true);
            Ok((name, value))
        };
        Ok(Self {
            prefix: route.prefix.trim_matches('/').into(),
            upstream: route.upstream.trim_end_matches('/').into(),
            headers: route.headers.iter().map(header).collect::<io::Result<_>>()?,
            client: OnceCell::new(),
        })
    }

    async fn client(&self) -> Result<&reqwest::Client, Refusal> {
        let (secure, near) = (self.upstream.starts_with("https:"), self.is_near());
        // Reading the certificates is slow; the events must not wait for it.
        let make = || async move {
            let made = tokio::task::spawn_blocking(move || client(secure, near)).await;
            made.unwrap_or_else(|_| client(secure, near))
        };
        self.client.get_or_try_init(make).await.map_err(|error| {
            tracing::error!(error = cause(&error), "the gateway has no HTTP client");
            Refusal::new(StatusCode::BAD_GATEWAY, "The gateway cannot make secure connections.", "no_client")
        })
    }

    /// On this machine, where no proxy is asked.
    fn is_near(&self) -> bool {
        let host = self.upstream.parse::<hyper::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        host.is_some_and(|host| {
            let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        })
    }
}

fn client(secure: bool, near: bool) -> reqwest::Result<reqwest::Client> {
    // An error here says that somebody else has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE_LIMIT);
    if near {
        builder = builder.no_proxy();
    }
    // Without a secure upstream the machine needs no certificates.
    if secure { builder.build() } else { builder.tls_certs_only([]).build() }
}

/// What lies at the bottom of an error. The upper layers name the address, which may hold a secret.
fn cause(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if std::ptr::addr_eq(deepest, error) { "unknown".into() } else { deepest.to_string() }
}

/// Headers about the connection itself, which end at the gateway.
pub(super) const HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];
/// What of the agent's request is not the provider's business.
const OURS: [HeaderName; 5] = [
    header::HOST,
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    header::COOKIE,
    header::EXPECT,
];
/// What of the provider's answer is not the agent's.
const THEIRS: [HeaderName; 2] = [header::SET_COOKIE, header::LOCATION];

fn passed_on(headers: &HeaderMap, but: &[HeaderName]) -> HeaderMap {
    let named_by_connection: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let ends_here = |name: &HeaderName| {
        HOP.contains(name)
            || but.contains(name)
            || named_by_connection.iter().any(|other| other == name.as_str())
    };
    let passed = headers.iter().filter(|(name, _)| !ends_here(name));
    passed.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether a path could lead out of the upstream's own folder once somebody makes it plain.
fn leaves_its_folder(path: &str) -> bool {
    let plain = path
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/")
        .replace("%5c", "/")
        .replace('\\', "/");
    plain.split('/').any(|segment| segment == "..")
}

/// Compares without telling by its time where the difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |sum, (one, other)| sum | (one ^ other)) == 0
}

/// An answer of the gateway itself, in the shape that every client of a model provider understands.
struct Refusal {
    status: StatusCode,
    sentence: String,
    kind: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, sentence: &str, kind: &'static str) -> Self {
        Self { status, sentence: sentence.into(), kind }
    }

    fn response(self) -> Response<Body> {
        let error =
            json!({"error": {"message": self.sentence, "type": self.kind, "param": null, "code": self.kind}});
        let body =
            Full::new(Bytes::from(error.to_string())).map_err(|never: Infallible| match never {}).boxed();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn desk() -> Desk {
        let route = |prefix: &str, upstream: &str| GatewayRoute {
            prefix: prefix.into(),
            upstream: upstream.into(),
            headers: BTreeMap::from([("authorization".into(), "Bearer key".into())]),
        };
        let routes =
            [route("a", "https://one/v1"), route("a/b", "https://two"), route("ab", "https://three")];
        Desk {
            token: "secret".into(),
            routes: routes.iter().map(|route| Route::read(route).unwrap()).collect(),
        }
    }

    #[test]
    fn the_longest_prefix_leads_upstream() {
        let desk = desk();
        let to = |path: &str| match desk.route(&path.parse().unwrap()) {
            Ok((_, address)) => address,
            Err(refusal) => refusal.kind.into(),
        };
        assert_eq!(to("/a/chat?x=1&y=/../"), "https://one/v1/chat?x=1&y=/../");
        assert_eq!(to("/a"), "https://one/v1");
        assert_eq!(to("/a/b/c"), "https://two/c");
        assert_eq!(to("/abc"), "unknown_route");
        assert_eq!(to("/"), "unknown_route");
        for path in ["/a/../b", "/a/%2e%2E/b", "/a/..", "/a/x%2f..%2fy", "/a/..%5cb"] {
            assert_eq!(to(path), "bad_path", "{path}");
        }
    }

    #[test]
    fn what_is_near_needs_no_proxy() {
        let near = |upstream: &str| {
            let upstream = upstream.into();
            Route::read(&GatewayRoute { prefix: "p".into(), upstream, headers: BTreeMap::new() })
                .unwrap()
                .is_near()
        };
        for upstream in ["http://127.0.0.1:4101/v1", "http://localhost", "https://[::1]:8"] {
            assert!(near(upstream), "{upstream}");
        }
        for upstream in
            ["https://api.example.com/v1", "http://127.0.0.1.example.com", "http://10.0.0.1", "no address"]
        {
            assert!(!near(upstream), "{upstream}");
        }
    }

    #[test]
    fn the_token_counts_as_bearer_or_as_key() {
        let desk = desk();
        let knows = |name: &'static str, value: &'static str| {
            desk.knows(&HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]))
        };
        assert!(knows("authorization", "Bearer secret"));
        assert!(knows("authorization", "bearer secret"));
        assert!(knows("x-api-key", "secret"));
        for wrong in ["Bearer secre", "Bearer secrets", "secret", "Basic secret", "Bearer ", ""] {
            assert!(!knows("authorization", wrong), "{wrong}");
        }
        assert!(!knows("x-api-key", "Bearer secret"));
        assert!(!desk.knows(&HeaderMap::new()));
    }

    #[test]
    fn headers_of_the_connection_and_tokens_end_here() {
        let headers = HeaderMap::from_iter(
            [
                "host",
                "authorization",
                "x-api-key",
                "cookie",
                "connection",
                "x-hop",
                "te",
                "accept",
                "content-length",
            ]
            .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x-hop"))),
        );
        let mut names: Vec<_> =
            passed_on(&headers, &OURS).keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["accept", "content-length"]);
    }
}
