//! What comes of a browser that returns from GitHub: a pure decision.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// A person may read GitHub's page for so long.
const PATIENCE: Duration = Duration::minutes(10);

/// What is kept of a sign-in that was begun; it is good once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) state: String,
    pub(crate) verifier: String,
    /// The page of ours that they wanted to see.
    pub(crate) next: String,
    pub(crate) at: OffsetDateTime,
}

/// What GitHub sends along, in the query.
#[derive(Deserialize)]
pub(crate) struct Returned {
    pub(crate) code: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) error: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not begun in this browser, or too long ago.
    NotBegun,
    /// The person said no.
    Denied,
    /// GitHub reports something else, or nothing.
    NotConfirmed,
    /// The code can be exchanged.
    Confirmed { code: String, verifier: String, next: String },
}

/// Whoever cannot say the state hears nothing else, whatever else they say.
pub(crate) fn judge(begun: Option<Begun>, returned: Returned, now: OffsetDateTime) -> Verdict {
    let in_time = begun.filter(|begun| now - begun.at < PATIENCE);
    let Some(begun) = in_time.filter(|begun| returned.state.as_deref() == Some(&begun.state)) else {
        return Verdict::NotBegun;
    };
    match (returned.code, returned.error) {
        (Some(code), None) => Verdict::Confirmed { code, verifier: begun.verifier, next: begun.next },
        (_, Some(error)) if error == "access_denied" => Verdict::Denied,
        _ => Verdict::NotConfirmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(state: &str) -> Begun {
        let at = OffsetDateTime::UNIX_EPOCH;
        Begun { state: state.into(), verifier: "v".into(), next: "/settings".into(), at }
    }

    fn returned(state: Option<&str>, code: Option<&str>, error: Option<&str>) -> Returned {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Returned { state: own(state), code: own(code), error: own(error) }
    }

    #[test]
    fn a_callback_is_believed_once_in_time_with_the_state_and_a_code_alone() {
        let soon = OffsetDateTime::UNIX_EPOCH + Duration::minutes(9);
        let late = OffsetDateTime::UNIX_EPOCH + PATIENCE;
        let good = || returned(Some("s"), Some("c"), None);
        let confirmed =
            Verdict::Confirmed { code: "c".into(), verifier: "v".into(), next: "/settings".into() };
        assert_eq!(judge(Some(begun("s")), good(), soon), confirmed);
        assert_eq!(judge(Some(begun("s")), good(), late), Verdict::NotBegun);
        assert_eq!(judge(None, good(), soon), Verdict::NotBegun);
        assert_eq!(judge(Some(begun("other")), good(), soon), Verdict::NotBegun);
        assert_eq!(judge(Some(begun("")), returned(None, Some("c"), None), soon), Verdict::NotBegun);
        let denied = returned(Some("s"), None, Some("access_denied"));
        assert_eq!(judge(Some(begun("s")), denied, soon), Verdict::Denied);
        for (code, error) in [(None, None), (None, Some("server_error")), (Some("c"), Some("server_error"))] {
            assert_eq!(
                judge(Some(begun("s")), returned(Some("s"), code, error), soon),
                Verdict::NotConfirmed
            );
        }
    }
}
