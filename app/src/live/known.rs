//! What is known of a person's list of sessions, as frames change it: plain data.

use slipway_protocol::{ListCounts, ListFrame, SessionId, SessionSummary};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub sessions: Vec<SessionSummary>,
    pub counts: ListCounts,
    /// How far the last whole frame went, as it said.
    since: Option<i64>,
    /// Only what the server found: others are not added, and the counts are of what was found.
    searched: bool,
}

impl Known {
    pub fn new(sessions: Vec<SessionSummary>, counts: ListCounts, searched: bool) -> Self {
        Self { sessions, counts, since: None, searched }
    }

    /// For one who begins to listen now.
    pub fn as_frame(&self) -> ListFrame {
        ListFrame::All { sessions: self.sessions.clone(), since: self.since, counts: self.counts }
    }

    pub fn receive(&mut self, frame: ListFrame) {
        match frame {
            ListFrame::Heartbeat => {}
            ListFrame::All { sessions, since, counts } => {
                // What was not sent and should have been is gone; older ones are known from elsewhere.
                let older = |held: &SessionSummary| since.is_some_and(|since| held.active_at < since);
                self.sessions.retain(|held| older(held) || sessions.iter().any(|sent| sent.id == held.id));
                self.since = since;
                for session in sessions {
                    self.put(session);
                }
                self.count(Some(counts));
            }
            ListFrame::Session { session, counts } => {
                self.put(*session);
                self.count(counts);
            }
            ListFrame::Gone { session, counts } => {
                self.remove(&session);
                self.count(counts);
            }
        }
    }

    pub fn put(&mut self, session: SessionSummary) {
        match self.sessions.iter_mut().find(|held| held.id == session.id) {
            Some(held) => {
                if held.archived != session.archived {
                    self.counts = self.counts.with(held.archived, false).with(session.archived, true);
                }
                *held = session;
            }
            None if self.searched => {}
            None => self.sessions.push(session),
        }
    }

    pub fn remove(&mut self, id: &SessionId) {
        if let Some(at) = self.sessions.iter().position(|held| held.id == *id) {
            let gone = self.sessions.remove(at);
            self.counts = self.counts.with(gone.archived, false);
        }
    }

    /// More of the same list came.
    pub fn widen(&mut self, sessions: Vec<SessionSummary>) {
        for session in sessions {
            match self.sessions.iter_mut().find(|held| held.id == session.id) {
                Some(held) => *held = session,
                None => self.sessions.push(session),
            }
        }
    }

    fn count(&mut self, counts: Option<ListCounts>) {
        if let (Some(counts), false) = (counts, self.searched) {
            self.counts = counts;
        }
    }
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{ListCounts, ListFrame, SessionId, SessionSummary};

    use super::Known;
    use crate::samples;

    fn session(id: &str, active_at: i64, archived: bool) -> SessionSummary {
        SessionSummary { active_at, archived, ..samples::session(id) }
    }

    fn counts(active: usize, archived: usize) -> ListCounts {
        ListCounts { active, archived }
    }

    fn ids(known: &Known) -> Vec<&str> {
        known.sessions.iter().map(|session| session.id.as_str()).collect()
    }

    #[test]
    fn what_should_have_been_sent_and_was_not_is_gone_and_older_ones_stay() {
        let held = [("old", 1), ("deleted", 7), ("newer", 8)].map(|(id, at)| session(id, at, false));
        let mut known = Known::new(held.to_vec(), counts(3, 0), false);
        let sent = vec![session("newer", 9, false), session("new", 10, false)];
        known.receive(ListFrame::All { sessions: sent.clone(), since: Some(5), counts: counts(80, 2) });
        assert_eq!((ids(&known), known.counts), (vec!["old", "newer", "new"], counts(80, 2)));
        known.receive(ListFrame::All { sessions: sent, since: None, counts: counts(2, 0) });
        assert_eq!((ids(&known), known.counts), (vec!["newer", "new"], counts(2, 0)));
    }

    #[test]
    fn counts_follow_what_is_told_and_else_what_is_seen() {
        let mut known = Known::new(vec![session("a", 1, false), session("b", 2, true)], counts(40, 5), false);
        known.put(session("a", 3, true));
        assert_eq!(known.counts, counts(39, 6), "archived on this page");
        let told =
            ListFrame::Session { session: Box::new(session("c", 4, false)), counts: Some(counts(40, 6)) };
        known.receive(told);
        assert_eq!((ids(&known), known.counts), (vec!["a", "b", "c"], counts(40, 6)));
        known.receive(ListFrame::Gone { session: SessionId::new("b"), counts: None });
        known.receive(ListFrame::Gone { session: SessionId::new("somebody else's"), counts: None });
        assert_eq!((ids(&known), known.counts), (vec!["a", "c"], counts(40, 5)));
    }

    #[test]
    fn what_was_searched_for_takes_nothing_new_and_counts_what_was_found() {
        let mut known = Known::new(vec![session("a", 1, false)], counts(1, 0), true);
        let frame = ListFrame::All {
            sessions: vec![session("a", 2, true), session("other", 3, false)],
            since: None,
            counts: counts(70, 9),
        };
        known.receive(frame);
        assert_eq!((known.sessions, known.counts), (vec![session("a", 2, true)], counts(0, 1)));
    }

    #[test]
    fn more_of_the_list_is_added_once() {
        let mut known = Known::new(vec![session("a", 5, false)], counts(3, 0), false);
        known.widen(vec![session("a", 6, false), session("b", 2, false)]);
        assert_eq!(known.sessions, [session("a", 6, false), session("b", 2, false)]);
        known.receive(known.as_frame());
        assert_eq!(known.sessions, [session("a", 6, false), session("b", 2, false)]);
    }
}
