//! Follows the agent's events for as long as the agent lives: opens the stream again whenever it is lost, and says so.

use std::{borrow::Cow, time::Duration};

use http_body_util::BodyExt;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use slipway_keeper::wire::{EventSource, KeeperEvent};
use tokio::{
    sync::{oneshot, watch},
    time::{sleep, timeout},
};

use super::{
    agent_http::AgentHttp,
    journal::Journal,
    sse::{Found, Parser},
};

/// The stream's first event must come within this time.
const FIRST_EVENT: Duration = Duration::from_secs(10);
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

pub(crate) struct EventStream {
    pub(crate) http: AgentHttp,
    pub(crate) source: EventSource,
    pub(crate) journal: Journal,
}

impl EventStream {
    /// Records `Ready` with `probe` and answers `ready` when the stream is open for the first time, and a `Gap` each
    /// time after that. Returns when the stream is lost after `ended` became true.
    pub(crate) async fn follow(self, probe: Value, ready: oneshot::Sender<()>, ended: watch::Receiver<bool>) {
        let mut opening = Opening::First { probe, ready };
        let mut pause = BACK_OFF.0;
        while !*ended.borrow() {
            match self.listen(&mut opening).await {
                Lost::Never => {}
                Lost::AfterOpening => pause = BACK_OFF.0,
            }
            let mut ended = ended.clone();
            tokio::select! {
                () = sleep(pause) => {}
                _ = ended.wait_for(|ended| *ended) => {}
            }
            pause = (pause * 2).min(BACK_OFF.1);
        }
    }

    /// One stream, from its opening to its loss.
    async fn listen(&self, opening: &mut Opening) -> Lost {
        let idle = Duration::from_millis(self.source.idle_timeout_ms);
        let patience = idle.min(FIRST_EVENT);
        let request = self.http.stream(&self.source.path, &self.source.headers);
        let mut answer = match timeout(patience, request).await {
            Ok(Ok(answer)) if answer.status == StatusCode::OK && answer.is("text/event-stream") => answer,
            Ok(Ok(answer)) => {
                tracing::warn!(status = %answer.status, "the agent has no event stream");
                return Lost::Never;
            }
            Ok(Err(_)) | Err(_) => return Lost::Never,
        };
        let mut parser = Parser::new();
        let mut whole = Whole::NotYet;
        loop {
            let limit = if whole == Whole::Yes { idle } else { patience };
            let chunk = match timeout(limit, answer.body.frame()).await {
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Ok(Some(Err(_)) | None) | Err(_) => break,
            };
            parser.feed(&chunk, |found| self.found(&found, &mut whole, opening));
            if whole == Whole::No {
                tracing::warn!("the agent's event stream does not begin with its first event");
                break;
            }
        }
        if whole == Whole::Yes { Lost::AfterOpening } else { Lost::Never }
    }

    fn found(&self, found: &Found<'_>, whole: &mut Whole, opening: &mut Opening) {
        let kind = match found {
            Found::Data(data) => kind(data),
            Found::TooLong => None,
        };
        match whole {
            Whole::Yes => {}
            Whole::NotYet if kind.as_deref() == Some(self.source.first.as_str()) => {
                *whole = Whole::Yes;
                opening.opened(&self.journal);
            }
            Whole::NotYet | Whole::No => {
                *whole = Whole::No;
                return;
            }
        }
        match found {
            Found::Data(_)
                if kind.is_some_and(|kind| self.source.ignore.iter().any(|other| *other == kind)) => {}
            Found::Data(data) => self.journal.record_agent(data),
            Found::TooLong => self.journal.record(KeeperEvent::Gap),
        }
    }
}

enum Lost {
    Never,
    AfterOpening,
}

#[derive(PartialEq)]
enum Whole {
    NotYet,
    Yes,
    No,
}

enum Opening {
    First { probe: Value, ready: oneshot::Sender<()> },
    Again,
}

impl Opening {
    fn opened(&mut self, journal: &Journal) {
        match std::mem::replace(self, Self::Again) {
            Self::First { probe, ready } => {
                journal.record(KeeperEvent::Ready { probe });
                let _ = ready.send(());
            }
            Self::Again => journal.record(KeeperEvent::Gap),
        }
    }
}

/// An event's `type`.
fn kind(data: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(rename = "type", borrow)]
        kind: Cow<'a, str>,
    }
    serde_json::from_str(data).ok().map(|Head { kind }| kind)
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn the_kind_is_the_type_of_the_event_itself() {
        assert_eq!(kind(r#"{"a":{"type":"no"},"type":"y\u0065s"}"#).as_deref(), Some("yes"));
        for other in ["{}", "[1]", r#"{"type":1}"#, "{", ""] {
            assert_eq!(kind(other), None, "{other}");
        }
    }
}
