//! What must hold when a story is over.

use std::{collections::BTreeSet, time::Duration};

use anyhow::Result;
use slipway_protocol::{Phase, SessionView};
use slipway_store::Store;
use slipway_test_support::fake_agent::record;
use tokio::time::Instant;

use crate::{
    account::Account,
    difference::difference,
    follower::Follower,
    patience::Patience,
    rest::{self, Session},
    stage::Stage,
    story::{Fault, Step, Story},
    telling::{Harm, Told},
};

/// Text that was seen is safe from everything after this time.
const SAFE_AFTER: Duration = Duration::from_secs(1);
/// What is heard was sent so long ago, at most: usually, and over a connection that is slow.
const UNDER_WAY: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(10)];

/// A server that went away meanwhile is back, and has stored what its keepers held.
const UNTIL_TAKEN_UP: Duration = Duration::from_secs(4);

const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(crate) struct Look<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) store: &'a Store,
    pub(crate) sessions: &'a [Session],
    pub(crate) harm: &'a [Harm],
    pub(crate) told: &'a mut Told,
    pub(crate) story: &'a Story,
}

impl Look<'_> {
    fn hold(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        self.told.checks += 1;
        if !holds {
            self.told.violations.push(otherwise());
        }
    }

    /// With the server running.
    pub(crate) async fn at_rest(&mut self, followers: &[Follower]) -> Result<()> {
        for (index, session) in self.sessions.iter().enumerate() {
            let Some(view) = rest::view(self.store, &session.id).await? else { continue };
            let calls = record::read(&self.stage.record())?;
            let checkout = self.stage.data().join("sessions").join(session.id.as_str()).join("work");
            let calls: Vec<_> =
                calls.into_iter().filter(|call| call.folder == checkout).map(|call| call.call).collect();
            let account = Account::of(session, &view, &calls, &self.harm[index]);
            self.told.checks += account.checks;
            let found = account.violations.into_iter().map(|why| format!("{}: {why}", session.id));
            self.told.violations.extend(found);
        }
        for follower in followers {
            self.same_view(follower).await?;
            self.no_text_lost(follower).await?;
        }
        Ok(())
    }

    async fn same_view(&mut self, follower: &Follower) -> Result<()> {
        let id = &self.sessions[follower.session].id;
        let patience = Patience::new("equal views");
        let unequal = loop {
            let shown = follower.shown.borrow().clone();
            let stored = rest::view(self.store, id).await?;
            let unequal = match (&shown.view, stored) {
                (None, None) => None,
                (Some(_), None) => {
                    (!shown.gone).then(|| "it was deleted, and a tab still shows it".to_owned())
                }
                (None, Some(_)) => Some("a tab shows nothing".into()),
                (Some(seen), Some(stored)) => difference(&seen_as(seen), &stored_as(stored, seen)),
            };
            match unequal {
                None => break None,
                Some(why) => {
                    if patience.pause(LOOK_AGAIN).await.is_err() {
                        break Some(why);
                    }
                }
            }
        };
        self.hold(unequal.is_none(), || format!("{id}: a tab differs from the database: {unequal:?}"));
        let wrong = follower.shown.borrow().wrong.clone();
        self.hold(wrong.is_empty(), || format!("{id}: a tab was sent {wrong:#?}"));
        Ok(())
    }

    /// Of a text that was seen, nothing is missing while the keeper lived, and at most its last second otherwise.
    async fn no_text_lost(&mut self, follower: &Follower) -> Result<()> {
        // What cannot be stored, or not be done in time, is not safe after a second.
        let slow = |step: &Step| {
            let Step::Fault(fault) = step else { return false };
            matches!(fault, Fault::LockDatabase { .. } | Fault::FillDisk { .. } | Fault::FreezeServer { .. })
        };
        if self.story.steps.iter().any(slow) {
            return Ok(());
        }
        let id = &self.sessions[follower.session].id;
        let Some(view) = rest::view(self.store, id).await? else { return Ok(()) };
        let kills = &self.harm[follower.session].at;
        let heard = follower.shown.borrow().heard.clone();
        let ends = self.stage.host.ends();
        // Killed before it was stored; or before a server that came back could store it.
        let slows = |step: &Step| matches!(step, Step::Fault(Fault::SlowSockets { .. }));
        let under_way = UNDER_WAY[usize::from(self.story.steps.iter().any(slows))];
        let unsafe_until = |heard: Instant| {
            let ended = ends.iter().find(|end| (heard - under_way..heard + SAFE_AFTER).contains(end));
            heard + if ended.is_some() { UNTIL_TAKEN_UP } else { SAFE_AFTER }
        };
        for part in view.messages.iter().flat_map(|said| &said.parts) {
            let lost = heard.iter().find(|heard| {
                let excused =
                    kills.iter().any(|kill| (heard.at - under_way..unsafe_until(heard.at)).contains(kill));
                heard.part == part.id && heard.bytes > part.text.len() && !excused
            });
            self.hold(lost.is_none(), || format!("{id}: text was lost: {lost:?} of {part:?}"));
        }
        Ok(())
    }

    /// With the server gone.
    pub(crate) async fn at_the_end(mut self) -> Result<()> {
        let left = self.stage.left_running().await;
        self.hold(left.is_empty(), || format!("these still run without an owner: {left:#?}"));
        let mut rows = BTreeSet::new();
        for session in self.sessions {
            if let Some(view) = rest::view(self.store, &session.id).await? {
                let phase = view.head.phase;
                self.hold(matches!(phase, Phase::Asleep | Phase::Failed), || {
                    format!("{}: the server is gone, and the session is {phase}", session.id)
                });
                rows.insert(session.id.as_str().to_owned());
            }
        }
        let folders = [Some(self.stage.data().join("sessions")), self.stage.runtime()];
        for folder in folders.into_iter().flatten() {
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
            let strays: Vec<_> = names.filter(|name| !rows.contains(name)).collect();
            self.hold(strays.is_empty(), || {
                format!("{} holds what no row knows: {strays:?}", folder.display())
            });
        }
        Ok(())
    }
}

/// The run's number means nothing to a reader.
fn seen_as(view: &SessionView) -> SessionView {
    let mut view = view.clone();
    view.cursor.generation = 0;
    view.has_older = false;
    view
}

/// From where the tab's view begins.
fn stored_as(stored: SessionView, seen: &SessionView) -> SessionView {
    let first = seen.messages.first().map_or(0, |said| said.message.ord);
    let mut stored = seen_as(&stored);
    stored.messages.retain(|said| said.message.ord >= first);
    stored
}
