//! What goes wrong outside pages and server functions, as an answer: one sentence, as JSON or as a small page.
//!
//! Pages and server functions have their own map in `app`; these two are the only ones.

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use slipway_protocol::{ApiError, ErrorKind};

/// Who asked, as far as the form of the answer depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Person,
    Program,
}

impl Reader {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        if accept.is_some_and(|accept| accept.contains("text/html")) { Self::Person } else { Self::Program }
    }
}

impl From<&Request<Body>> for Reader {
    fn from(request: &Request<Body>) -> Self {
        Self::of(request.headers())
    }
}

/// An answer that is not the one that was hoped for.
pub(crate) fn refuse(reader: Reader, kind: ErrorKind, sentence: impl Into<String>) -> Response {
    let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let error = ApiError { kind, sentence: sentence.into() };
    match reader {
        Reader::Program => (status, Json(error)).into_response(),
        Reader::Person => (status, Html(page(status, &error.sentence))).into_response(),
    }
}

pub(crate) fn of_engine(reader: Reader, error: slipway_engine::Error) -> Response {
    refuse(reader, error.kind, error.sentence)
}

fn page(status: StatusCode, sentence: &str) -> String {
    let title = status.canonical_reason().unwrap_or("Error");
    let sentence = sentence.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} · Slipway</title>\
         <link rel=\"stylesheet\" href=\"/pkg/app.css\"><body><main class=\"plain-answer\"><h1>{title}</h1>\
         <p>{sentence}</p><p><a href=\"/\">Go to Slipway</a></p></main></body></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn people_get_a_page_and_programs_get_json() {
        let read = async |reader| {
            let answer = refuse(reader, ErrorKind::Forbidden, "Not <you>.");
            let status = answer.status();
            let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
            (status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
        };
        let (status, json) = read(Reader::Program).await;
        assert_eq!((status, json.as_str()), (403, r#"{"kind":"forbidden","sentence":"Not <you>."}"#));
        let (status, html) = read(Reader::Person).await;
        assert!(status == 403 && html.contains("<p>Not &lt;you>.</p>"), "{html}");
    }
}
