//! The rows of the list as signals: a row changes by itself, and the list moves only when nobody points at it.

use std::collections::{BTreeMap, BTreeSet};

use leptos::prelude::*;
use slipway_protocol::{ListCounts, ListFrame, SessionFilter, SessionId, SessionSummary};

use super::arrange::{Group, arrange};
use crate::{api::SessionList, clock::Clock, live::known::Known};

#[derive(Clone)]
pub struct Row {
    pub id: SessionId,
    pub summary: ArcRwSignal<SessionSummary>,
    pub label: ArcRwSignal<Option<Group>>,
}

#[derive(Clone, Copy)]
pub struct Rows {
    pub shown: RwSignal<Vec<Row>>,
    /// How many sessions the two tabs hold.
    pub counts: RwSignal<ListCounts>,
    /// Those of this tab, by name.
    pub repositories: RwSignal<Vec<String>>,
    /// The server has more of this list.
    pub more: RwSignal<bool>,
    /// It is being asked for more.
    pub loading: RwSignal<bool>,
    known: StoredValue<Known>,
    /// Empty: all.
    repository: Memo<String>,
    filter: SessionFilter,
    /// Somebody points at the list or is inside it.
    pub held: RwSignal<bool>,
    clock: Clock,
}

impl Rows {
    pub fn new(
        list: SessionList,
        filter: SessionFilter,
        searched: bool,
        repository: Memo<String>,
        clock: Clock,
    ) -> Self {
        let rows = Self {
            shown: RwSignal::new(Vec::new()),
            counts: RwSignal::new(list.counts),
            repositories: RwSignal::new(list.repositories.iter().map(ToString::to_string).collect()),
            more: RwSignal::new(list.more),
            loading: RwSignal::new(false),
            known: StoredValue::new(Known::new(list.sessions, list.counts, searched)),
            repository,
            filter,
            held: RwSignal::new(false),
            clock,
        };
        rows.settle();
        Effect::new(move |_| {
            // Minutes pass: what was today becomes earlier.
            rows.clock.read();
            rows.repository.track();
            if !rows.held.get() {
                rows.settle();
            }
        });
        rows
    }

    pub fn receive(self, frame: ListFrame) {
        if frame != ListFrame::Heartbeat {
            self.learn(|known| known.receive(frame));
        }
    }

    /// A command of this page was applied: show it without waiting for the socket.
    pub fn change(self, id: &SessionId, change: impl FnOnce(&mut SessionSummary)) {
        self.learn(|known| {
            if let Some(mut session) = known.sessions.iter().find(|session| session.id == *id).cloned() {
                change(&mut session);
                known.put(session);
            }
        });
    }

    pub fn forget(self, id: &SessionId) {
        self.learn(|known| known.remove(id));
    }

    /// More of the same list came.
    pub fn widen(self, list: SessionList) {
        self.more.set(list.more);
        self.known.update_value(|known| known.widen(list.sessions));
        self.settle();
    }

    fn learn(self, learn: impl FnOnce(&mut Known)) {
        self.known.update_value(learn);
        let counts = self.known.with_value(|known| known.counts);
        if self.counts.get_untracked() != counts {
            self.counts.set(counts);
        }
        self.show();
    }

    fn is_other_tab(self, session: &SessionSummary) -> bool {
        session.archived != (self.filter == SessionFilter::Archived)
    }

    /// Updates rows where they stand; moves them, unless somebody points at the list. What is gone goes at once.
    fn show(self) {
        if !self.held.get_untracked() {
            return self.settle();
        }
        let mut visible = by_id(self.visible());
        let rows = self.shown.get_untracked();
        let kept: Vec<Row> = rows.iter().filter(|row| visible.contains_key(&row.id)).cloned().collect();
        for row in &kept {
            if let Some(session) = visible.remove(&row.id) {
                put(&row.summary, session);
            }
        }
        if kept.len() != rows.len() {
            self.shown.set(kept);
        }
    }

    fn settle(self) {
        self.name_repositories();
        let visible = self.visible();
        let (now, offset) = untrack(|| self.clock.time_and_offset());
        let rows = self.shown.get_untracked();
        let places = arrange(&visible, now, offset);
        let (mut visible, held) = (by_id(visible), rows.iter().map(|row| (&row.id, row)));
        let held: BTreeMap<_, _> = held.collect();
        let arranged: Vec<Row> = places
            .into_iter()
            .filter_map(|place| {
                let session = visible.remove(&place.id)?;
                Some(match held.get(&place.id) {
                    Some(&row) => {
                        put(&row.summary, session);
                        put(&row.label, place.label);
                        row.clone()
                    }
                    None => Row {
                        id: place.id,
                        summary: ArcRwSignal::new(session),
                        label: ArcRwSignal::new(place.label),
                    },
                })
            })
            .collect();
        let same = rows.len() == arranged.len() && rows.iter().zip(&arranged).all(|(a, b)| a.id == b.id);
        if !same {
            self.shown.set(arranged);
        }
    }

    fn visible(self) -> Vec<SessionSummary> {
        let wanted = self.repository.get_untracked();
        let shows = |session: &&SessionSummary| {
            !self.is_other_tab(session) && (wanted.is_empty() || session.repository.as_str() == wanted)
        };
        self.known.with_value(|known| known.sessions.iter().filter(shows).cloned().collect())
    }

    /// A session that is new may work on a repository that none worked on before.
    fn name_repositories(self) {
        let mut names: BTreeSet<String> = self.repositories.get_untracked().into_iter().collect();
        let before = names.len();
        self.known.with_value(|known| {
            let of_tab = known.sessions.iter().filter(|session| !self.is_other_tab(session));
            names.extend(of_tab.map(|session| session.repository.to_string()));
        });
        if names.len() != before {
            self.repositories.set(names.into_iter().collect());
        }
    }
}

fn by_id(sessions: Vec<SessionSummary>) -> BTreeMap<SessionId, SessionSummary> {
    sessions.into_iter().map(|session| (session.id.clone(), session)).collect()
}

fn put<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|held| *held != value) {
        signal.set(value);
    }
}
