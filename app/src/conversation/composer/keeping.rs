//! Keeps what is being written: at once in the browser, a moment later on the server, where the person's other devices find it.
//!
//! Invariant: a text leaves the browser's own store only when the server has it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use slipway_protocol::SessionId;

use crate::{api::save_draft, browser};

/// So long after a key the text goes to the server.
const PAUSE: Duration = Duration::from_millis(400);

#[derive(Clone, Copy)]
pub struct Keeping {
    session: StoredValue<SessionId>,
    /// What the server has.
    saved: StoredValue<String>,
    /// What the page has.
    text: StoredValue<String>,
    waiting: StoredValue<bool>,
}

impl Keeping {
    pub fn new(session: SessionId, saved: String) -> Self {
        Self {
            session: StoredValue::new(session),
            text: StoredValue::new(saved.clone()),
            saved: StoredValue::new(saved),
            waiting: StoredValue::new(false),
        }
    }

    /// What was typed here and never reached the server, together with what the server has.
    pub fn recovered(self) -> Option<String> {
        let typed = browser::recall(&self.place())?;
        self.saved.with_value(|saved| joined(saved, &typed))
    }

    pub fn note(self, text: String) {
        if self.text.with_value(|held| *held == text) {
            return;
        }
        browser::keep(&self.place(), &text);
        self.text.set_value(text);
        if self.waiting.try_update_value(|waiting| std::mem::replace(waiting, true)) == Some(false) {
            set_timeout(move || self.save(), PAUSE);
        }
    }

    /// Sends what the server has not; where that fails the next note or the next connection tries again.
    pub fn save(self) {
        if self.waiting.try_set_value(false).is_some() {
            // The page is gone; the browser's own store still has the text.
            return;
        }
        let text = self.text.get_value();
        if self.saved.with_value(|saved| *saved == text) {
            return browser::forget(&self.place());
        }
        let (session, place) = (self.session.get_value(), self.place());
        spawn_local(async move {
            if save_draft(session, text.clone()).await.is_err() {
                return;
            }
            let newest = self.text.try_with_value(|held| *held == text).unwrap_or(true);
            if newest {
                browser::forget(&place);
            }
            self.saved.try_set_value(text);
        });
    }

    fn place(self) -> String {
        self.session.with_value(|session| format!("draft-{session}"))
    }
}

/// Loses nothing: the longer one where one begins like the other, else both. None: the server has all of it.
fn joined(saved: &str, typed: &str) -> Option<String> {
    if saved.starts_with(typed) {
        None
    } else if typed.starts_with(saved) {
        Some(typed.to_owned())
    } else {
        Some(format!("{saved}\n\n{typed}"))
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn nothing_that_was_typed_is_lost() {
        assert_eq!(joined("", "typed"), Some("typed".into()));
        assert_eq!(joined("Then bump", "Then bump the version"), Some("Then bump the version".into()));
        assert_eq!(joined("Then bump the version", "Then bump"), None);
        assert_eq!(joined("written elsewhere", "typed here"), Some("written elsewhere\n\ntyped here".into()));
    }
}
