//! Follows the list of sessions, once for the whole program: whatever page is open, the tab's title counts what needs a
//! person, and the list's own page shows all of it.

use leptos::prelude::*;
use slipway_protocol::{ListFrame, SessionId, SessionSummary};

use super::{
    known::Known,
    socket::{After, Link},
};
use crate::visitor::visitor;

/// What is known of the person's sessions.
#[derive(Clone, Copy)]
pub struct Feed {
    pub link: Link,
    /// None until the first frame came.
    known: RwSignal<Option<Known>>,
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
        if let Some(frame) = self.known.with_untracked(|known| known.as_ref().map(Known::as_frame)) {
            receive(frame);
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

    /// Those that are known, as they were when this was asked.
    pub fn sessions(self) -> Vec<SessionSummary> {
        self.known
            .with_untracked(|known| known.as_ref().map_or_else(Vec::new, |known| known.sessions.clone()))
    }

    /// How many of those that are known are unread or wait for the person.
    pub fn needing_a_person(self) -> usize {
        let read = self.looked_at.get();
        let needs = |session: &&SessionSummary| {
            let unread = session.unread && read.as_ref() != Some(&session.id);
            !session.archived && (unread || session.phase.needs_a_person())
        };
        self.known.with(|known| known.iter().flat_map(|known| &known.sessions).filter(needs).count())
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
        if frame != ListFrame::Heartbeat {
            self.known.update(|known| known.get_or_insert_default().receive(frame.clone()));
        }
        if let Some(listener) = self.listener.get_value() {
            listener.run(frame);
        }
    }
}
