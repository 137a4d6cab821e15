//! What one session, and one person, may take of the server.

use std::{path::Path, time::Duration};

use slipway_engine::{Bytes, DailyLimits, Limits};
use slipway_sandbox::{self as sandbox, Most};

use crate::cli::LimitSettings;

/// Memory of a session, where nobody said how much and the machine has twice as much.
const MEMORY: u64 = 4 << 30;
/// Between two looks for those who take too much.
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Sessions {
    /// `SLIPWAY_SESSION_MEMORY`, `SLIPWAY_SESSION_PROCESSES`, `SLIPWAY_SESSION_CPU`
    pub most: Most,
    /// `SLIPWAY_SESSION_DISK`
    pub disk: u64,
    /// `SLIPWAY_SESSION_FILES`
    pub files: u64,
    /// `SLIPWAY_DISK_RESERVE`
    pub reserve: Option<u64>,
    /// `SLIPWAY_TURN_LIMIT`
    pub turn: Duration,
    /// `SLIPWAY_AWAKE_PER_PERSON`
    pub awake_per_person: usize,
    /// `SLIPWAY_SESSIONS_PER_PERSON`
    pub sessions_per_person: u64,
    /// `SLIPWAY_TOKENS_PER_DAY`, `SLIPWAY_COST_PER_DAY`
    pub daily: DailyLimits,
}

impl Sessions {
    pub(super) fn new(settings: &LimitSettings, memory_of_machine: u64) -> Self {
        let half = Some(memory_of_machine / 2).filter(|half| *half > 0).unwrap_or(MEMORY);
        Self {
            most: Most {
                memory: settings.session_memory.unwrap_or(MEMORY.min(half)),
                processes: settings.session_processes,
                processors: settings.session_cpu,
            },
            disk: settings.session_disk,
            files: settings.session_files,
            reserve: settings.disk_reserve,
            turn: settings.turn_limit,
            awake_per_person: settings.awake_per_person.into(),
            sessions_per_person: settings.sessions_per_person,
            daily: DailyLimits { tokens: settings.tokens_per_day, cost_micros: settings.cost_per_day },
        }
    }

    /// With what holds a session to them; see [`sandbox::Limits::find`].
    pub(crate) fn limits(&self, held: sandbox::Limits) -> Limits {
        Limits {
            held,
            disk: self.disk,
            files: self.files,
            reserve: self.reserve,
            turn: self.turn,
            awake_per_person: self.awake_per_person,
            sessions_per_person: self.sessions_per_person,
            daily: self.daily,
            look_every: LOOK_EVERY,
        }
    }

    /// For the doctor: what one session may take, and who sees to it.
    pub(crate) fn of_a_session(&self, data: &Path) -> String {
        let held = sandbox::Limits::look(&data.join("sessions"), self.most);
        let processors = self.most.processors.map_or_else(
            || "all processors".to_owned(),
            |thousandths| format!("{} processors", thousandths as f64 / 1000.0),
        );
        format!(
            "{held}; a session: {} of memory, {} processes, {processors}, {} in {} files, turns of {} min",
            Bytes(self.most.memory),
            self.most.processes,
            Bytes(self.disk),
            self.files,
            self.turn.as_secs() / 60
        )
    }

    pub(crate) fn of_a_person(&self) -> String {
        let Self { awake_per_person, sessions_per_person, daily, .. } = self;
        format!("{awake_per_person} agents at once, {sessions_per_person} sessions{daily} each")
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        limits: LimitSettings,
    }

    fn sessions(line: &[&str], memory: u64) -> Sessions {
        let line = ["slipway"].iter().chain(line);
        Sessions::new(&Line::try_parse_from(line).unwrap().limits, memory)
    }

    #[test]
    fn a_small_machine_gives_half_of_its_memory() {
        let memory = |line: &[&str], machine: u64| sessions(line, machine).most.memory >> 20;
        assert_eq!(memory(&[], 64 << 30), 4096);
        assert_eq!(memory(&[], 2 << 30), 1024);
        assert_eq!(memory(&[], 0), 4096, "where the system does not tell");
        assert_eq!(memory(&["--session-memory", "6G"], 2 << 30), 6144);
    }

    #[test]
    fn the_doctor_says_what_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let said = sessions(&["--session-cpu", "1.5"], 64 << 30).of_a_session(folder.path());
        let all = "; a session: 4 GB of memory, 512 processes, 1.5 processors, 20 GB in 1000000 files, turns of 240 min";
        assert!(said.ends_with(all), "{said}");
        assert_eq!(sessions(&[], 0).of_a_person(), "5 agents at once, 500 sessions each");
        let daily = sessions(&["--tokens-per-day", "2000000", "--cost-per-day", "5"], 0).of_a_person();
        assert_eq!(daily, "5 agents at once, 500 sessions, 2,000,000 tokens a day, $5.00 a day each");
    }
}
