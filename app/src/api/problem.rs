//! The error of every server function: what kind, and one sentence for the person.

use std::fmt;

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};
use slipway_protocol::{ApiError, ErrorKind};

use crate::reply;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Problem(pub ApiError);

impl Problem {
    pub fn new(kind: ErrorKind, sentence: impl Into<String>) -> Self {
        Self(ApiError { kind, sentence: sentence.into() })
    }

    fn not_understood() -> Self {
        Self::new(ErrorKind::Invalid, "The request could not be understood.")
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub fn sentence(&self) -> &str {
        &self.0.sentence
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Problem {}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    /// What went wrong on the way to a server function or back. The details are for developers, so they stay out.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let problem = match error {
            E::Args(_) | E::MissingArg(_) | E::UnsupportedRequestMethod(_) => Self::not_understood(),
            // What came in, seen from the server; the answer, seen from the browser.
            E::Deserialization(_) if reply::is_made_here() => Self::not_understood(),
            E::Deserialization(_) => Self::new(
                ErrorKind::Upstream,
                "The server's answer could not be understood. Reload the page, it may be older than the server.",
            ),
            E::Request(_) => {
                Self::new(ErrorKind::Upstream, "The server can't be reached. Nothing was lost; try again.")
            }
            _ => Self::new(
                ErrorKind::Internal,
                "Something went wrong on the server. Nothing was lost; try again.",
            ),
        };
        reply::status(problem.kind().status());
        problem
    }
}
