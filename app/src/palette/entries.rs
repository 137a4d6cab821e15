//! What the palette offers, and what of it fits what was typed.

use leptos::prelude::Callback;
use slipway_protocol::{Found, SessionSummary};

use super::Act;
use crate::{
    components::combobox::choices::{Choice, matching},
    conversation::message::link_to,
    words,
};

/// Of sessions, while nothing is typed; and in any case.
const MOST_RECENT: usize = 6;
const MOST_SESSIONS: usize = 20;
const MOST_HITS: usize = 8;

#[derive(Clone)]
pub enum Target {
    Page(String),
    Act(Callback<()>),
    Help,
}

#[derive(Clone)]
pub struct Entry {
    pub group: &'static str,
    pub icon: &'static str,
    pub label: String,
    pub detail: String,
    pub to: Target,
}

/// Group by group: what can be done here, sessions, pages.
pub fn entries(acts: &[Act], sessions: &[SessionSummary], typed: &str) -> Vec<Entry> {
    let typed = typed.trim();
    let most = if typed.is_empty() { MOST_RECENT } else { MOST_SESSIONS };
    let mut found = fitting(acts.iter().map(of_act).collect(), typed);
    found.extend(fitting(of_sessions(sessions), typed).into_iter().take(most));
    found.extend(fitting(pages(), typed));
    found
}

/// What was said and holds the words.
pub fn of_search(found: Found) -> Vec<Entry> {
    let hits = found.hits.into_iter().take(MOST_HITS);
    let entry = |hit: slipway_protocol::Hit| Entry {
        group: words::IN_CONVERSATIONS,
        icon: "message-square",
        to: Target::Page(link_to(&hit.session, &hit.message)),
        label: hit.title,
        detail: hit.snippet.into_iter().map(|piece| piece.text).collect(),
    };
    hits.map(entry).collect()
}

fn of_act(act: &Act) -> Entry {
    let (label, detail) = (act.label.into(), String::new());
    Entry { group: "This session", icon: act.icon, label, detail, to: Target::Act(act.run) }
}

/// The one that moved last comes first.
fn of_sessions(sessions: &[SessionSummary]) -> Vec<Entry> {
    let mut sessions: Vec<_> = sessions.iter().collect();
    sessions.sort_by_key(|session| (session.archived, -session.active_at));
    let entry = |session: &SessionSummary| Entry {
        group: words::SESSIONS,
        icon: if session.archived { "archive" } else { "message-square" },
        label: session.title.clone(),
        detail: format!("{} · {}", session.repository, session.phase.label()),
        to: Target::Page(format!("/sessions/{}", session.id)),
    };
    sessions.into_iter().map(entry).collect()
}

fn pages() -> Vec<Entry> {
    let page = |icon, label: &str, to: &str| Entry {
        group: "Pages",
        icon,
        label: label.into(),
        detail: String::new(),
        to: Target::Page(to.into()),
    };
    let help = Entry {
        group: "Pages",
        icon: "keyboard",
        label: words::KEYBOARD_SHORTCUTS.into(),
        detail: String::new(),
        to: Target::Help,
    };
    vec![
        page("plus", words::NEW_SESSION, "/sessions/new"),
        page("inbox", words::SESSIONS, "/sessions"),
        page("archive", "Archived sessions", "/sessions?filter=archived"),
        page("wrench", words::SETTINGS, "/settings"),
        help,
    ]
}

/// In the order in which the words fit; all in their own order where nothing was typed.
fn fitting(entries: Vec<Entry>, typed: &str) -> Vec<Entry> {
    let choice = |entry: &Entry| Choice {
        label: entry.label.clone(),
        detail: entry.detail.clone(),
        ..Choice::default()
    };
    let choices: Vec<Choice> = entries.iter().map(choice).collect();
    matching(&choices, typed).into_iter().filter_map(|at| entries.get(at).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use slipway_protocol::SessionSummary;

    use super::entries;
    use crate::samples;

    fn session(id: &str, active_at: i64, archived: bool) -> SessionSummary {
        SessionSummary { title: format!("Mend {id}"), active_at, archived, ..samples::session(id) }
    }

    fn labels(typed: &str) -> Vec<String> {
        let sessions = [session("clock", 1, false), session("bell", 9, true), session("rope", 5, false)];
        entries(&[], &sessions, typed).into_iter().map(|entry| entry.label).collect()
    }

    #[test]
    fn the_newest_sessions_come_first_and_archived_ones_last() {
        assert_eq!(labels("")[..4], ["Mend rope", "Mend clock", "Mend bell", "New session"]);
    }

    #[test]
    fn words_find_sessions_and_pages() {
        assert_eq!(labels(" settings "), ["Settings"]);
        assert_eq!(labels("clock"), ["Mend clock"]);
        assert_eq!(labels("tide").len(), 3, "the repository counts");
        assert!(labels("no such thing").is_empty());
    }
}
