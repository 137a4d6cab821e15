//! What the browser's program says of its own end, for whoever reads the log.

use std::sync::{Mutex, PoisonError};

use app::ssr::Caller;
use axum::{Extension, extract::State, http::StatusCode};
use slipway_protocol::ErrorKind;

use crate::state::AppState;

/// More in a minute say nothing new.
const MOST_A_MINUTE: u32 = 10;
const LONGEST: usize = 2_000;

/// The minute that is counted, and how many came in it.
#[derive(Default)]
pub(crate) struct Counted(Mutex<(u64, u32)>);

impl Counted {
    fn has_room(&self, minute: u64) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, 0);
        }
        counted.1 += 1;
        counted.1 <= MOST_A_MINUTE
    }
}

/// `POST /reports`, from people who are signed in.
pub(crate) async fn take(
    State(state): State<AppState>,
    Extension(Caller(who)): Extension<Caller>,
    said: String,
) -> StatusCode {
    if who.is_none() {
        return StatusCode::from_u16(ErrorKind::SignedOut.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    }
    let minute = state.started.elapsed().as_secs() / 60;
    if state.reports.has_room(minute) {
        tracing::error!(said = plain(&said), "the program of a browser panicked");
    }
    StatusCode::NO_CONTENT
}

/// One line, of the length that a line may have.
fn plain(said: &str) -> String {
    let line: String = said.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    line[..line.floor_char_boundary(LONGEST)].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Counted, MOST_A_MINUTE, plain};

    #[test]
    fn a_minute_has_room_for_so_many() {
        let counted = Counted::default();
        assert!((0..MOST_A_MINUTE).all(|_| counted.has_room(0)));
        assert!(!counted.has_room(0));
        assert!(counted.has_room(1));
    }

    #[test]
    fn a_report_is_one_line() {
        assert_eq!(plain(" panicked at x:\n\u{1b}[31mno\n"), "panicked at x:  [31mno");
        assert_eq!(plain(&"ü".repeat(3_000)).len(), 2_000);
    }
}
