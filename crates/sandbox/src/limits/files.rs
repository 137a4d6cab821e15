//! The kernel's files of a control group: where a limit is written, and where it tells what came of it.

use std::{fs, path::Path};

use slipway_keeper::wire::GroupLimit;

use super::{
    Most,
    hierarchy::{Kind, Version},
};

/// The time in which the processors are counted, in microseconds.
const PERIOD: u64 = 100_000;

/// What is written to limit a session, in this order.
pub(super) fn limits(version: Version, kind: Kind, most: &Most) -> Vec<GroupLimit> {
    let (memory, processes) = (most.memory.to_string(), most.processes.to_string());
    let quota = most.processors.map(|thousandths| (thousandths * PERIOD / 1_000).to_string());
    let must = |file: &str, value: String| GroupLimit { file: file.into(), value, optional: false };
    let may = |file: &str, value: &str| GroupLimit { file: file.into(), value: value.into(), optional: true };
    match (version, kind) {
        // With swap it is never less than without: which comes first depends on what was there.
        (Version::One, Kind::Memory) => vec![
            may("memory.memsw.limit_in_bytes", &memory),
            must("memory.limit_in_bytes", memory.clone()),
            may("memory.memsw.limit_in_bytes", &memory),
        ],
        (Version::Two, Kind::Memory) => vec![must("memory.max", memory), may("memory.swap.max", "0")],
        (_, Kind::Processes) => vec![must("pids.max", processes)],
        // Half of what the server has: where both want a processor, pages are answered first.
        (Version::One, Kind::Processors) => {
            let quota = quota.map(|quota| must("cpu.cfs_quota_us", quota));
            let period = quota.as_ref().map(|_| must("cpu.cfs_period_us", PERIOD.to_string()));
            [may("cpu.shares", "512")].into_iter().chain(period).chain(quota).collect()
        }
        (Version::Two, Kind::Processors) => {
            let quota = quota.map(|quota| must("cpu.max", format!("{quota} {PERIOD}")));
            [may("cpu.weight", "50")].into_iter().chain(quota).collect()
        }
    }
}

/// A number that a group keeps: alone in a file, or behind its name.
pub(super) struct Counter {
    file: &'static str,
    name: Option<&'static str>,
}

pub(super) fn killed(version: Version) -> Counter {
    let file = match version {
        Version::One => "memory.oom_control",
        Version::Two => "memory.events",
    };
    Counter { file, name: Some("oom_kill") }
}

pub(super) fn refused(_: Version) -> Counter {
    Counter { file: "pids.events", name: Some("max") }
}

pub(super) fn processes(_: Version) -> Counter {
    Counter { file: "pids.current", name: None }
}

impl Counter {
    pub(super) fn read(&self, group: &Path) -> Option<u64> {
        let text = fs::read_to_string(group.join(self.file)).ok()?;
        match self.name {
            None => text.trim().parse().ok(),
            Some(name) => {
                let mut lines = text.lines().filter_map(|line| line.split_once(' '));
                lines.find(|(found, _)| *found == name)?.1.trim().parse().ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(version: Version, kind: Kind, most: &Most) -> Vec<String> {
        let limits = limits(version, kind, most).into_iter();
        limits
            .map(|limit| format!("{}={}{}", limit.file, limit.value, if limit.optional { "?" } else { "" }))
            .collect()
    }

    #[test]
    fn each_kernel_has_its_own_files() {
        let most = Most { memory: 4 << 30, processes: 512, processors: Some(1_500) };
        let all = |version| -> Vec<String> {
            let kinds = [Kind::Memory, Kind::Processes, Kind::Processors];
            kinds.into_iter().flat_map(|kind| written(version, kind, &most)).collect()
        };
        assert_eq!(
            all(Version::One),
            [
                "memory.memsw.limit_in_bytes=4294967296?",
                "memory.limit_in_bytes=4294967296",
                "memory.memsw.limit_in_bytes=4294967296?",
                "pids.max=512",
                "cpu.shares=512?",
                "cpu.cfs_period_us=100000",
                "cpu.cfs_quota_us=150000",
            ]
        );
        assert_eq!(
            all(Version::Two),
            [
                "memory.max=4294967296",
                "memory.swap.max=0?",
                "pids.max=512",
                "cpu.weight=50?",
                "cpu.max=150000 100000"
            ]
        );
        let most = Most { processors: None, ..most };
        assert_eq!(written(Version::One, Kind::Processors, &most), ["cpu.shares=512?"]);
        assert_eq!(written(Version::Two, Kind::Processors, &most), ["cpu.weight=50?"]);
    }

    #[test]
    fn counters_stand_alone_or_behind_their_name() {
        let group = tempfile::tempdir().unwrap();
        fs::write(group.path().join("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
            .unwrap();
        fs::write(group.path().join("pids.current"), "12\n").unwrap();
        let read = |counter: Counter| counter.read(group.path());
        assert_eq!((read(killed(Version::One)), read(processes(Version::One))), (Some(3), Some(12)));
        assert_eq!((read(killed(Version::Two)), read(refused(Version::One))), (None, None));
    }
}
