//! The rows of the list as signals: a row changes by itself, and the list moves only when nobody points at it.

use std::collections::BTreeSet;

use leptos::prelude::*;
use slipway_protocol::{ListFrame, SessionFilter, SessionId, SessionSummary};

use super::arrange::{Group, arrange};
use crate::{api::SessionList, clock::Clock};

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
    pub counts: RwSignal<(usize, usize)>,
    /// Those of this tab, by name.
    pub repositories: RwSignal<Vec<String>>,
    known: StoredValue<Vec<SessionSummary>>,
    /// Empty: all.
    repository: Memo<String>,
    filter: SessionFilter,
    /// Only what the server found: new sessions are not added.
    searched: bool,
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
            counts: RwSignal::new((list.active, list.archived)),
            repositories: RwSignal::new(Vec::new()),
            known: StoredValue::new(list.sessions),
            repository,
            filter,
            searched,
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
        match frame {
            ListFrame::Heartbeat => return,
            ListFrame::All { sessions } => {
                if !self.searched {
                    let archived = sessions.iter().filter(|session| session.archived).count();
                    self.counts.set((sessions.len() - archived, archived));
                }
                self.known.update_value(|known| {
                    let found: Vec<SessionId> = known.iter().map(|session| session.id.clone()).collect();
                    *known = sessions;
                    known.retain(|session| !self.searched || found.contains(&session.id));
                });
            }
            ListFrame::Session { session } => self.put(*session),
            ListFrame::Gone { session } => self.remove(&session),
        }
        self.show();
    }

    /// A command of this page was applied: show it without waiting for the socket.
    pub fn change(self, id: &SessionId, change: impl FnOnce(&mut SessionSummary)) {
        let held = self.known.with_value(|known| known.iter().find(|session| session.id == *id).cloned());
        if let Some(mut session) = held {
            change(&mut session);
            self.put(session);
            self.show();
        }
    }

    pub fn forget(self, id: &SessionId) {
        self.remove(id);
        self.show();
    }

    fn put(self, session: SessionSummary) {
        let before =
            self.known.try_update_value(|known| match known.iter_mut().find(|held| held.id == session.id) {
                Some(held) => Some(std::mem::replace(held, session.clone()).archived),
                None if self.searched => None,
                None => {
                    known.push(session.clone());
                    None
                }
            });
        let (active, archived) = self.counts.get_untracked();
        let counts = match (before.flatten(), session.archived) {
            (Some(true), false) => (active + 1, archived.saturating_sub(1)),
            (Some(false), true) => (active.saturating_sub(1), archived + 1),
            (None, false) if !self.searched && !self.is_other_tab(&session) => (active + 1, archived),
            _ => return,
        };
        self.counts.set(counts);
    }

    fn remove(self, id: &SessionId) {
        let gone = self.known.try_update_value(|known| {
            let at = known.iter().position(|session| session.id == *id)?;
            Some(known.remove(at).archived)
        });
        let (active, archived) = self.counts.get_untracked();
        match gone.flatten() {
            Some(true) => self.counts.set((active, archived.saturating_sub(1))),
            Some(false) => self.counts.set((active.saturating_sub(1), archived)),
            None => {}
        }
    }

    fn is_other_tab(self, session: &SessionSummary) -> bool {
        session.archived != (self.filter == SessionFilter::Archived)
    }

    /// Updates rows where they stand; moves them, unless somebody points at the list. What is gone goes at once.
    fn show(self) {
        if !self.held.get_untracked() {
            return self.settle();
        }
        let visible = self.visible();
        let find = |id: &SessionId| visible.iter().find(|session| session.id == *id);
        let rows = self.shown.get_untracked();
        let kept: Vec<Row> = rows.iter().filter(|row| find(&row.id).is_some()).cloned().collect();
        for row in &kept {
            if let Some(session) = find(&row.id) {
                put(&row.summary, session.clone());
            }
        }
        if kept.len() != rows.len() {
            self.shown.set(kept);
        }
    }

    fn settle(self) {
        let names = self.repositories();
        if self.repositories.with_untracked(|held| *held != names) {
            self.repositories.set(names);
        }
        let visible = self.visible();
        let (now, offset) = untrack(|| self.clock.time_and_offset());
        let rows = self.shown.get_untracked();
        let arranged: Vec<Row> = arrange(&visible, now, offset)
            .into_iter()
            .filter_map(|place| {
                let session = visible.iter().find(|session| session.id == place.id)?.clone();
                Some(match rows.iter().find(|row| row.id == place.id) {
                    Some(row) => {
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
        self.known.with_value(|known| known.iter().filter(shows).cloned().collect())
    }

    fn repositories(self) -> Vec<String> {
        let of_tab = |session: &&SessionSummary| !self.is_other_tab(session);
        self.known.with_value(|known| {
            let names = known.iter().filter(of_tab).map(|session| session.repository.to_string());
            names.collect::<BTreeSet<_>>().into_iter().collect()
        })
    }
}

fn put<T: PartialEq + Send + Sync + 'static>(signal: &ArcRwSignal<T>, value: T) {
    if signal.with_untracked(|held| *held != value) {
        signal.set(value);
    }
}
