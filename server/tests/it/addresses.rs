use reqwest::{Method, header};
use serde_json::json;

use slipway_server::config::Origin;

use crate::stage::{Stage, place};

#[tokio::test]
async fn watchers_hear_what_is_wrong() {
    let stage = Stage::start().await;
    let watcher = stage.stranger();
    let by_any_name = [(header::HOST, "probe.example.org")];
    assert_eq!(watcher.send(Method::GET, "/healthz", &by_any_name, "").await.status(), 200);
    let ready = watcher.send(Method::GET, "/readyz", &by_any_name, "").await;
    assert_eq!(ready.status(), 503);
    let said: serde_json::Value = serde_json::from_str(&ready.text().await.unwrap()).unwrap();
    assert_eq!((&said["ready"], &said["store"]), (&json!(false), &json!("ok")));
    assert!(said["agent"].as_str().unwrap().contains("SLIPWAY_OPENCODE"), "{said}");
}

/// A page, a redirect, a server function, a file, what is not there, a refusal, an error, a socket that is not opened.
const KINDS: [(Method, &str, u16); 11] = [
    (Method::GET, "/", 200),
    (Method::GET, "/sessions", 302),
    (Method::GET, "/agents", 308),
    (Method::GET, "/nothing", 404),
    (Method::GET, "/pkg/app.js", 200),
    (Method::GET, "/healthz", 200),
    (Method::GET, "/live", 401),
    (Method::POST, "/api/nothing", 404),
    (Method::POST, "/auth/logout", 303),
    (Method::POST, "/auth/local", 303),
    (Method::DELETE, "/auth/local", 405),
];

/// What every answer tells the browser.
fn assert_is_safe(what: &str, answer: &reqwest::Response, is_https: bool) {
    let headers = answer.headers();
    let said = |name: &str| headers.get(name).unwrap_or_else(|| panic!("{what}: {name}")).to_str().unwrap();
    assert_eq!(said("referrer-policy"), "same-origin", "{what}");
    assert_eq!(said("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(said("x-frame-options"), "DENY", "{what}");
    assert_eq!(said("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(said("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(headers.contains_key("strict-transport-security"), is_https, "{what}");
    let policy = said("content-security-policy");
    for rule in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{what}: {policy}");
    }
    assert!(!policy.contains("script-src 'unsafe") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do() {
    for is_https in [false, true] {
        let stage = Stage::start_with(|config| {
            let public = is_https.then(|| Origin::parse("https://slipway.localhost").unwrap());
            config.web.public_url = public;
        })
        .await;
        let visitor = stage.stranger();
        for (method, path, status) in KINDS {
            let headers = [(header::ORIGIN, &*visitor.origin), (header::ACCEPT, "text/html")];
            let answer = visitor.send(method.clone(), path, &headers, "").await;
            assert_eq!(answer.status(), status, "{method} {path}");
            assert_is_safe(path, &answer, is_https);
        }
        let call = [(header::ORIGIN, &*visitor.origin), (header::CONTENT_TYPE, "application/json")];
        let answer = visitor.send(Method::POST, "/api/models", &call, "{}").await;
        assert_eq!(answer.status(), 401);
        assert_is_safe("a server function", &answer, is_https);
        let long = "x".repeat(33 * 1024);
        let refusals: [(_, &[(header::HeaderName, &str)]); 3] = [
            (421, &[(header::HOST, "evil.example.org")]),
            (403, &[(header::ORIGIN, "http://evil.example.org"), (header::SEC_WEBSOCKET_KEY, "x")]),
            (431, &[(header::COOKIE, &*long)]),
        ];
        for (status, headers) in refusals {
            let answer = visitor.send(Method::GET, "/live", headers, "").await;
            assert_eq!(answer.status(), status);
            assert_is_safe("a refusal", &answer, is_https);
        }
    }
    let stage = Stage::start().await;
    let visitor = stage.stranger();
    let page = visitor.get("/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let html = page.text().await.unwrap();
    assert!(html.contains(&format!("<script type=\"module\" nonce=\"{nonce}\"")), "{html}");
    let bare = html.split("<script").skip(1).filter(|script| !script.contains(&format!("nonce=\"{nonce}\"")));
    assert_eq!(bare.count(), 0, "every inline script carries the nonce of its page");
    let other = visitor.get("/").await.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_ne!(policy, other);
}

#[tokio::test]
async fn our_own_address_is_the_only_one() {
    let stage = Stage::start().await;
    let visitor = stage.stranger();
    let port = stage.address.port();
    let named = async |host: &str, method: Method| {
        let headers =
            [(header::HOST, host), (header::ACCEPT, "text/html"), (header::ORIGIN, &*visitor.origin)];
        visitor.send(method, "/sessions?filter=archived", &headers, "").await
    };
    let answer = named(&format!("localhost:{port}"), Method::GET).await;
    assert_eq!(
        (answer.status().as_u16(), place(&answer)),
        (307, &*format!("{}/sessions?filter=archived", stage.origin()))
    );
    assert_eq!(named(&format!("localhost:{port}"), Method::POST).await.status(), 421);
    let rebound = named("evil.example.org", Method::GET).await;
    assert_eq!(rebound.status(), 421);
    let sentence = rebound.text().await.unwrap();
    assert!(sentence.contains(&format!("Slipway is at {}", stage.origin())), "{sentence}");
    assert_eq!(named("a b", Method::GET).await.status(), 400);
}

#[tokio::test]
async fn writes_come_from_our_own_pages() {
    let stage = Stage::start().await;
    let visitor = stage.stranger();
    for origin in ["http://evil.example.org", "null", "http://127.0.0.1", "http://localhost:1"] {
        let answer = visitor.send(Method::POST, "/auth/local", &[(header::ORIGIN, origin)], "").await;
        assert_eq!(answer.status(), 403, "{origin}");
        let said: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(said["kind"], "forbidden");
    }
    assert_eq!(visitor.send(Method::POST, "/auth/local", &[], "").await.status(), 403);
    assert_eq!(visitor.send(Method::DELETE, "/sessions", &[], "").await.status(), 403);
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let stage = Stage::start().await;
    let visitor = stage.stranger();
    let page = visitor.get("/nothing/here").await;
    assert_eq!(page.status(), 404);
    assert!(page.text().await.unwrap().contains("<html"));
    let program = visitor.send(Method::GET, "/nothing", &[(header::ACCEPT, "*/*")], "").await;
    assert_eq!(program.status(), 404);
    assert_eq!(program.headers()["content-type"], "application/json");
    assert_eq!(visitor.call("nothing/here", json!({})).await.0, 404);
    let (status, said) = visitor.call("sessions/get", json!({ "wrong": 1 })).await;
    let not_understood = json!({ "kind": "invalid", "sentence": "The request could not be understood." });
    assert_eq!((status, &said), (400, &not_understood), "no details");
    let wrong = json!({ "session": 7, "command": {} });
    assert_eq!(visitor.call("sessions/submit", wrong).await, (400, not_understood.clone()));
    let kind = [(header::ORIGIN, &*visitor.origin), (header::CONTENT_TYPE, "application/json")];
    let cut = visitor.send(Method::POST, "/api/sessions/get", &kind, "{\"session\":").await;
    assert_eq!(cut.status(), 400);
    assert_eq!(visitor.call("sessions/get", json!({ "session": "abcdefgh" })).await.0, 401);
    assert_eq!(visitor.send(Method::GET, "/auth/local", &[], "").await.status(), 405);
}

#[tokio::test]
async fn what_is_too_large_is_refused_announced_or_not() {
    let stage = Stage::start().await;
    let visitor = stage.person().await;
    let large = visitor.call("sessions/get", json!({ "session": "x".repeat(1024 * 1024) })).await;
    assert_eq!((large.0, &large.1["kind"]), (413, &json!("too-large")));

    // In chunks, without saying how long it will be.
    let mut stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = stage.origin().replace("http://", "");
    let head = format!(
        "POST /auth/local HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        stage.origin()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..17 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn old_addresses_and_files() {
    let stage = Stage::start().await;
    let visitor = stage.stranger();
    for (old, new) in [("/agents", "/sessions"), ("/agents/abcdefgh", "/sessions/abcdefgh")] {
        let answer = visitor.get(old).await;
        assert_eq!((answer.status().as_u16(), place(&answer)), (308, new));
    }
    let file = visitor.get("/pkg/app.js").await;
    assert_eq!((file.status().as_u16(), &*file.text().await.unwrap()), (200, "// the program"));
    for outside in ["/../data/slipway.db", "/%2e%2e/data/slipway.db", "/pkg/..%2f..%2fdata/slipway.db"] {
        assert_eq!(visitor.get(outside).await.status(), 404, "{outside}");
    }
}
