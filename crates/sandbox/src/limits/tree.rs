//! How much a session's processes take, where no control group counts it: memory of their own, and how many they are.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use slipway_keeper::process;

use crate::remains::INIT_PID;

/// Of an agent with all that it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes that no other process shares.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u64,
}

/// What the agents of these runtime folders take, in their order; nothing where there is none.
pub fn weigh(runtimes: &[PathBuf]) -> Vec<Weight> {
    let families = Families::read();
    let weight = |runtime: &PathBuf| Some(families.below(process::living(&agent(runtime)?)?));
    runtimes.iter().map(|runtime| weight(runtime).unwrap_or_default()).collect()
}

/// Which run of an agent is in this runtime folder; none where there is none.
pub fn agent(runtime: &Path) -> Option<String> {
    let init = fs::read_to_string(runtime.join(INIT_PID)).ok()?;
    process::living(&init).map(|_| init)
}

/// All processes of the machine at one moment.
#[derive(Default)]
struct Families {
    own: HashMap<u32, Weight>,
    children: HashMap<u32, Vec<u32>>,
}

impl Families {
    fn read() -> Self {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let statuses =
            pids.filter_map(|pid: u32| Some((pid, fs::read_to_string(format!("/proc/{pid}/status")).ok()?)));
        Self::of(statuses)
    }

    fn of(statuses: impl Iterator<Item = (u32, String)>) -> Self {
        let mut families = Self::default();
        for (pid, status) in statuses {
            // `Name:   value unit`; a process that has ended says nothing of memory.
            let number = |name: &str| -> Option<u64> {
                let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                line?.split_whitespace().next()?.parse().ok()
            };
            let weight = Weight {
                memory: number("RssAnon").unwrap_or(0) * 1024,
                processes: number("Threads").unwrap_or(1),
            };
            families.own.insert(pid, weight);
            if let Some(parent) = number("PPid") {
                families.children.entry(parent as u32).or_default().push(pid);
            }
        }
        families
    }

    fn below(&self, root: u32) -> Weight {
        let (mut total, mut waiting) = (Weight::default(), vec![root]);
        while let Some(pid) = waiting.pop() {
            let own = self.own.get(&pid).copied().unwrap_or_default();
            total.memory += own.memory;
            total.processes += own.processes;
            waiting.extend(self.children.get(&pid).into_iter().flatten());
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_weighed_with_all_its_generations_and_nobody_else() {
        let status = |parent: u32, memory: u64, threads: u64| {
            format!(
                "Name:\tx\nPPid:\t{parent}\nVmRSS:\t99999 kB\nRssAnon:\t  {memory} kB\nThreads:\t{threads}\n"
            )
        };
        let families = Families::of(
            [
                (10, status(1, 1, 1)),
                (11, status(10, 20, 3)),
                (12, status(11, 300, 1)),
                (13, status(1, 5_000, 9)),
                (14, "Name:\tdead\nState:\tZ\nPPid:\t11\nThreads:\t1\n".into()),
            ]
            .into_iter(),
        );
        assert_eq!(families.below(10), Weight { memory: 321 * 1024, processes: 6 });
        assert_eq!(families.below(13), Weight { memory: 5_000 * 1024, processes: 9 });
        assert_eq!(families.below(99), Weight::default());
    }

    #[test]
    fn where_no_agent_is_nothing_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(weigh(&[folder.path().into()]), [Weight::default()]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_agent_is_found_by_its_init() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(INIT_PID), process::identity(std::process::id())).unwrap();
        let [weight] = weigh(&[folder.path().into()])[..] else { panic!("one") };
        assert!(weight.memory > 0 && weight.processes > 0, "{weight:?}");
    }
}
