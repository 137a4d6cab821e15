//! A browser that comes back from GitHub: only who says the state of what they began gets a code exchanged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use time::{Duration, OffsetDateTime};

#[path = "../../server/src/auth/callback.rs"]
mod callback;

use callback::{Begun, Returned, Verdict, judge};

const STATE: &str = "the-state";

fuzz_target!(|input: (&str, i32)| {
    let (query, seconds) = input;
    let Ok(returned) = serde_urlencoded::from_str::<Returned>(query) else { return };
    let (began, now) = (OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds.into()));
    let begun = Begun { state: STATE.into(), verifier: "the-verifier".into(), next: "/sessions".into(), at: began };
    let says_state = returned.state.as_deref() == Some(STATE);
    let (code, failed) = (returned.code.clone(), returned.error.is_some());
    match judge(Some(begun), returned, now) {
        Verdict::Confirmed { code: taken, verifier, next } => {
            assert!(says_state && !failed && seconds < 600);
            assert_eq!((Some(taken), &*verifier, &*next), (code, "the-verifier", "/sessions"));
        }
        Verdict::Denied | Verdict::NotConfirmed => assert!(says_state && seconds < 600),
        Verdict::NotBegun => assert!(!says_state || seconds >= 600),
    }
});
