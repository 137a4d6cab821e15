//! Follows the list of sessions, once for the whole program: whatever page is open, the tab's title counts what needs a
//! person, and the list's own page shows all of it.

use leptos::prelude::*;
use slipway_protocol::{ListFrame, SessionId, SessionSummary};

use super::socket::{After, Link};
use crate::visitor::visitor;

/// What is known of the person's sessions.
#[derive(Clone, Copy)]
pub struct Feed {
    pub link: Link,
    /// None until the first frame came.
    known: RwSignal<Option<Vec<SessionSummary>>>,
    /// The session that the person has before their eyes: what comes there is read.
    looked_at: RwSignal<Option<SessionId>>,
    /// The page that shows the list.
    listener: StoredValue<Option<Callback<ListFrame>>>,
}

/// Goes once into the application; opens nothing for people who are not signed in.
pub fn provide_feed() {
    let feed = Feed {
        link: Link::default(),
        known: RwSignal::new(None),
        looked_at: RwSignal::new(None),
        listener: StoredValue::new(None),
    };
    provide_context(feed);
    Effect::new(move |_| {
        if visitor().with_value(|visitor| visitor.person.is_some()) {
            feed.follow();
        }
    });
}

pub fn feed() -> Feed {
    expect_context()
}

impl Feed {
    /// Hears every frame from here on, and first all that is known; until the page that asks is gone.
    pub fn listen(self, receive: impl Fn(ListFrame) + Send + Sync + 'static) {
        if let Some(sessions) = self.known.get_untracked() {
            receive(ListFrame::All { sessions });
        }
        let receive = Callback::new(receive);
        self.listener.set_value(Some(receive));
        on_cleanup(move || {
            // The next page may have come before this one went.
            self.listener.try_update_value(|listener| {
                listener.take_if(|held| held.matches(&receive));
            });
        });
    }

    /// All that are known, as they were when this was asked.
    pub fn sessions(self) -> Vec<SessionSummary> {
        self.known.get_untracked().unwrap_or_default()
    }

    /// How many sessions are unread or wait for the person.
    pub fn needing_a_person(self) -> usize {
        let read = self.looked_at.get();
        let needs = |session: &&SessionSummary| {
            let unread = session.unread && read.as_ref() != Some(&session.id);
            !session.archived && (unread || session.phase.needs_a_person())
        };
        self.known.with(|known| known.iter().flatten().filter(needs).count())
    }

    /// To be told by the page of a session, whenever it comes to the front or goes.
    pub fn look_at(self, session: &SessionId, looks: bool) {
        let held = self.looked_at.with_untracked(|held| held.as_ref() == Some(session));
        if held != looks {
            self.looked_at.set(looks.then(|| session.clone()));
        }
    }

    fn follow(self) {
        let read = move |text: &str| {
            if let Ok(frame) = serde_json::from_str::<ListFrame>(text) {
                self.receive(frame);
            }
            After::GoOn
        };
        self.link.follow("/live", || None, read);
    }

    fn receive(self, frame: ListFrame) {
        match &frame {
            ListFrame::All { sessions } => self.known.set(Some(sessions.clone())),
            ListFrame::Session { session } => self.put(session),
            ListFrame::Gone { session } => self.forget(session),
            ListFrame::Heartbeat => {}
        }
        if let Some(listener) = self.listener.get_value() {
            listener.run(frame);
        }
    }

    fn put(self, session: &SessionSummary) {
        self.known.update(|known| {
            let known = known.get_or_insert_default();
            match known.iter_mut().find(|held| held.id == session.id) {
                Some(held) => held.clone_from(session),
                None => known.push(session.clone()),
            }
        });
    }

    fn forget(self, session: &SessionId) {
        self.known.update(|known| {
            if let Some(known) = known {
                known.retain(|held| held.id != *session);
            }
        });
    }
}
