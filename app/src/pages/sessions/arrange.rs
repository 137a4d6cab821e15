//! The order of the list: what needs a person first, then today's, then the rest; each group newest first.

use slipway_protocol::{SessionId, SessionSummary};

use crate::text::time::day;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    NeedsYou,
    Today,
    Earlier,
}

impl Group {
    pub fn label(self) -> &'static str {
        match self {
            Self::NeedsYou => "Needs you",
            Self::Today => "Today",
            Self::Earlier => "Earlier",
        }
    }

    fn of(session: &SessionSummary, now: i64, offset: i64) -> Self {
        if session.phase.needs_a_person() && !session.archived {
            Self::NeedsYou
        } else if day(session.active_at + offset) >= day(now + offset) {
            Self::Today
        } else {
            Self::Earlier
        }
    }
}

/// A place in the list; the first of a group carries the group's label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub id: SessionId,
    pub label: Option<Group>,
}

pub fn arrange(sessions: &[SessionSummary], now: i64, offset: i64) -> Vec<Place> {
    let mut keyed: Vec<_> = sessions
        .iter()
        .map(|session| (Group::of(session, now, offset), -session.active_at, &session.id))
        .collect();
    keyed.sort();
    let mut before = None;
    keyed
        .into_iter()
        .map(|(group, _, id)| {
            let label = (before.replace(group) != Some(group)).then_some(group);
            Place { id: id.clone(), label }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use slipway_protocol::{Phase, SessionSummary};

    use super::{Group, arrange};
    use crate::{samples, text::time::DAY};

    fn session(id: &str, phase: Phase, active_at: i64) -> SessionSummary {
        SessionSummary { phase, active_at, ..samples::session(id) }
    }

    #[test]
    fn what_needs_a_person_stands_first_then_the_newest() {
        let now = 10 * DAY + 5;
        let sessions = [
            session("old", Phase::Asleep, 8 * DAY),
            session("today", Phase::Coding, now - 3),
            session("failed", Phase::Failed, 2 * DAY),
            session("newer", Phase::Idle, now),
            session("asks", Phase::WaitingForYou, now),
        ];
        let places = arrange(&sessions, now, 0);
        let shown: Vec<_> = places.iter().map(|place| (place.id.as_str(), place.label)).collect();
        let wanted = [
            ("asks", Some(Group::NeedsYou)),
            ("failed", None),
            ("newer", Some(Group::Today)),
            ("today", None),
            ("old", Some(Group::Earlier)),
        ];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn today_is_the_readers_day() {
        let sessions = [session("late", Phase::Idle, 10 * DAY - 5)];
        assert_eq!(arrange(&sessions, 10 * DAY + 5, 0)[0].label, Some(Group::Earlier));
        assert_eq!(arrange(&sessions, 10 * DAY + 5, -60_000)[0].label, Some(Group::Today));
    }
}
