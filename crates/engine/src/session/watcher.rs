//! Looks for sessions that take too much of the machine. One for all of a server.
//!
//! Disk: how much is free is asked often, since that costs nothing; a session's folder is walked through when it may have grown
//! beyond its limit meanwhile, and now and then. Memory and processes: what no control group holds is looked at here, and whether
//! somebody goes on at the limit of one.
//!
//! Invariant: nobody is stopped for what was there before their agent started, or it could never tidy up.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use slipway_protocol::SessionId;
use slipway_sandbox::{Room, Weight, agent, room, weigh};
use tokio_util::sync::CancellationToken;

use super::{excess::Excess, registry::Registry, work::Workplace};
use crate::limits::usual_reserve;
use crowd::Crowd;
use folder::Folder;

mod crowd;
mod folder;

/// Where the disk is nearly full it is looked at so often.
const CLOSELY: Duration = Duration::from_millis(250);

pub(crate) struct Watcher {
    registry: Registry,
    place: Workplace,
    /// What is known of those that are awake, and of which run of the agent.
    folders: HashMap<SessionId, (Option<String>, Folder)>,
    crowds: HashMap<SessionId, Crowd>,
}

impl Watcher {
    pub(crate) fn new(registry: Registry, place: Workplace) -> Self {
        Self { registry, place, folders: HashMap::new(), crowds: HashMap::new() }
    }

    /// Until the server ends.
    pub(crate) async fn run(mut self, end: CancellationToken) {
        let mut pause = Duration::ZERO;
        while end.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            let awake = self.registry.awake();
            let ids: HashSet<&str> = awake.iter().map(SessionId::as_str).collect();
            self.folders.retain(|id, _| ids.contains(id.as_str()));
            self.crowds.retain(|id, _| ids.contains(id.as_str()));
            self.place.settings.limits.held.tidy(&ids);
            self.look_at_processes(&awake);
            pause = match end.run_until_cancelled(self.look_at_disk(&awake)).await {
                Some(pause) => pause,
                None => return,
            };
        }
    }

    fn look_at_processes(&mut self, awake: &[SessionId]) {
        let held = &self.place.settings.limits.held;
        let (most, runtimes) =
            (held.most(), awake.iter().map(|id| self.place.settings.runtime_of(id)).collect::<Vec<_>>());
        let weights = if held.hold_memory() && held.hold_processes() || awake.is_empty() {
            vec![Weight::default(); awake.len()]
        } else {
            weigh(&runtimes)
        };
        for (id, weight) in awake.iter().zip(weights) {
            let crowd = self.crowds.entry(id.clone()).or_default();
            let is_crowded = crowd.goes_on(held.pressure(id.as_str()), most.processes);
            if !held.hold_memory() && weight.memory > most.memory {
                self.registry.tell(id, Excess::Memory { most: most.memory });
            } else if is_crowded || !held.hold_processes() && weight.processes > most.processes {
                self.registry.tell(id, Excess::Processes { most: most.processes });
            }
        }
    }

    /// Says when to look again.
    async fn look_at_disk(&mut self, awake: &[SessionId]) -> Duration {
        let limits = &self.place.settings.limits;
        let usual = limits.look_every;
        let Ok(before) = room(&self.place.settings.sessions_dir()) else { return usual };
        let reserve = limits.reserve.unwrap_or_else(|| usual_reserve(before.total));
        let is_short = before.free < reserve;
        for id in awake {
            self.look_at_folder(id, &before, is_short).await;
        }
        if is_short && let Some(id) = self.fastest() {
            self.registry.tell(&id, Excess::Room { reserve });
        }
        if before.free < reserve.saturating_mul(4) { usual.min(CLOSELY) } else { usual }
    }

    async fn look_at_folder(&mut self, id: &SessionId, room: &Room, is_short: bool) {
        let limits = &self.place.settings.limits;
        // What an earlier agent left is what this one begins with.
        let runs = agent(&self.place.settings.runtime_of(id));
        let known = self.folders.get(id).filter(|(of, _)| *of == runs).map(|(_, folder)| *folder);
        if known.is_some_and(|known| !known.is_due(room, is_short, limits.disk, limits.files)) {
            return;
        }
        let path = self.place.settings.session_dir(id);
        if !path.is_dir() {
            return;
        }
        let begun = Instant::now();
        let size = match self.place.archive.measure(&path, limits.files).await {
            Ok(size) => size,
            Err(error) => return tracing::warn!(session.id = %id, %error, "not measured"),
        };
        if agent(&self.place.settings.runtime_of(id)) != runs {
            return;
        }
        let took = begun.elapsed();
        let folder = match known {
            Some(known) => known.measured(size, *room, took, is_short),
            None => Folder::new(size, *room, took),
        };
        // Told again until it has ended.
        if folder.has_outgrown(|size| size.bytes, limits.disk) {
            self.registry.tell(id, Excess::Disk { most: limits.disk });
        } else if folder.has_outgrown(|size| size.files, limits.files) {
            self.registry.tell(id, Excess::Files { most: limits.files });
        }
        self.folders.insert(id.clone(), (runs, folder));
    }

    /// Who grew most since the disk had room.
    fn fastest(&self) -> Option<SessionId> {
        let growing = self.folders.iter().filter_map(|(id, (_, folder))| Some((id, folder.growth()?)));
        growing.max_by_key(|(_, growth)| *growth).map(|(id, _)| id.clone())
    }
}
